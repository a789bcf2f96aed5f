using Microsoft.Extensions.Logging.Console;

namespace Appliance.Web.Hosting;

/// <summary>Sets up the log that both hosts share, through a <see cref="LogSink"/>.</summary>
public static class ConsoleLogs
{
    /// <summary>The category of the first lines: where the product listens.</summary>
    public const string Greeting = "Appliance.Web.Greeting";

    // Below a warning these write what must not be in a log, at any level: tokens in the addresses of sign-in links and of proxied
    // requests, codes of OpenID Connect, and what people type.
    private static readonly string[] _tellers =
    [
        "Microsoft.AspNetCore.Hosting.Diagnostics", // each request with its query
        "Microsoft.AspNetCore.Http.Result", // where a redirect leads, at a sign-out with the token of the provider
        "Microsoft.AspNetCore.Server.Kestrel.BadRequests", // a request line that cannot be read
        "Microsoft.AspNetCore.Components.Routing", // the address of a page
        "Microsoft.AspNetCore.Components.Server.Circuits", // the same, and what scripts of the page answer
        "Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", // every call of a page with its arguments, as a field's new text
        "Yarp.ReverseProxy.Forwarder.HttpForwarder", // the address that a server is asked for
    ];

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

            foreach (var teller in _tellers)
                logging.AddFilter(teller, options.LogLevel > LogLevel.Warning ? options.LogLevel : LogLevel.Warning);

            // A warning with a stack trace for every request that a server does not answer fills disks while that server is away. Pools say
            // it once; debug says all of it.
            if (options.LogLevel is > LogLevel.Debug and < LogLevel.Error)
                logging.AddFilter("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Error);

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
