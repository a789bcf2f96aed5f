namespace Appliance.Web.Hosting;

/// <summary>One log for both hosts, on standard output.</summary>
public static class ConsoleLogging
{
    /// <summary>The category of the first lines: where the product listens.</summary>
    public const string Greeting = "Appliance.Web.Greeting";

    /// <summary>Builds it by the settings.</summary>
    public static ILoggerFactory Create(ApplianceOptions options) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(options.LogLevel);

        // The frameworks' chatter is for their authors; their warnings are for everyone.
        if (options.LogLevel is > LogLevel.Debug and < LogLevel.Warning)
        {
            logging.AddFilter("Microsoft", LogLevel.Warning);
            logging.AddFilter("Yarp", LogLevel.Warning);
        }

        // A warning with a stack trace for every request that a server does not answer fills disks while that server is away. Pools say it once; debug says all of it.
        if (options.LogLevel is > LogLevel.Debug and < LogLevel.Error)
            logging.AddFilter("Yarp.ReverseProxy.Forwarder", LogLevel.Error);

        // A host that cannot start says so with a stack trace; we say it in a sentence.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        logging.AddFilter(Greeting, LogLevel.Information);
        if (options.JsonLog)
            logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
        else
            logging.AddSimpleConsole(text => (text.SingleLine, text.TimestampFormat) = (true, "HH:mm:ss "));
    });
}
