using Appliance.Web.Logs;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Appliance.Web.Hosting;

/// <summary>Sets up the log that both hosts share, through a <see cref="LogSink"/>.</summary>
public static class ConsoleLogs
{
    /// <summary>The category of the first lines: where the product listens.</summary>
    public const string Greeting = "Appliance.Web.Greeting";

    /// <summary>Builds it; the switch says what it shows, and <paramref name="more"/> says where else lines go.</summary>
    public static ILoggerFactory Create(LogSwitch log, LogSink sink, Action<ILoggingBuilder>? more = null) =>
        LoggerFactory.Create(logging =>
        {
            logging.Services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(new LogFilters(log, Greeting));
            logging.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(log);
            logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
            logging.AddSimpleConsole(text => (text.SingleLine, text.TimestampFormat) = (true, "HH:mm:ss "));

            // The formats are the framework's, its console is not: callers wait for it while nobody reads the output.
            foreach (var console in logging.Services.Where(service => service.ServiceType == typeof(ILoggerProvider)).ToArray())
                logging.Services.Remove(console);
            more?.Invoke(logging);
            logging.Services.AddSingleton<ILoggerProvider>(services =>
            {
                var formats = services.GetServices<ConsoleFormatter>().ToList();
                ConsoleFormatter Of(string name) => formats.First(format => format.Name == name);
                return new SinkLoggerProvider(Of(ConsoleFormatterNames.Simple), Of(ConsoleFormatterNames.Json), sink, log);
            });
        });
}
