using Microsoft.Extensions.Logging.Console;

namespace Appliance.Web.Hosting;

/// <summary>Sets up the log that both hosts share, through a <see cref="LogSink"/>.</summary>
public static class ConsoleLogs
{
    /// <summary>The category of the first lines: where the product listens.</summary>
    public const string Greeting = "Appliance.Web.Greeting";

    /// <summary>Builds it by the settings.</summary>
    public static ILoggerFactory Create(ApplianceOptions options, LogSink sink) =>
        LoggerFactory.Create(logging =>
        {
            logging.SetMinimumLevel(options.LogLevel);

            // The frameworks' chatter is for their authors; their warnings are for everyone.
            if (options.LogLevel is > LogLevel.Debug and < LogLevel.Warning)
            {
                logging.AddFilter("Microsoft", LogLevel.Warning);
                logging.AddFilter("Yarp", LogLevel.Warning);
            }

            // A warning with a stack trace for every request that a server does not answer fills disks while that server is away. Pools say
            // it once; debug says all of it.
            if (options.LogLevel is > LogLevel.Debug and < LogLevel.Error)
                logging.AddFilter("Yarp.ReverseProxy.Forwarder", LogLevel.Error);

            // A host that cannot start says so with a stack trace; we say it in a sentence.
            logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);

            // Every refused sign-in would be an error with a stack trace, and a trace would hold codes; the refusal itself is our warning.
            logging.AddFilter("Microsoft.AspNetCore.Authentication.OpenIdConnect", LogLevel.None);
            logging.AddFilter(Greeting, LogLevel.Information);
            if (options.JsonLog)
                logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
            else
                logging.AddSimpleConsole(text => (text.SingleLine, text.TimestampFormat) = (true, "HH:mm:ss "));

            // The formats are the framework's, its console is not: callers wait for it while nobody reads the output.
            foreach (var console in logging.Services.Where(service => service.ServiceType == typeof(ILoggerProvider)).ToArray())
                logging.Services.Remove(console);
            var format = options.JsonLog ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple;
            logging.Services.AddSingleton<ILoggerProvider>(services => new SinkLoggerProvider(
                services.GetServices<ConsoleFormatter>().First(formatter => formatter.Name == format),
                sink,
                options.LogLevel <= LogLevel.Debug
            ));
        });
}
