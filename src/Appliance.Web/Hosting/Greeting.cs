using Appliance.Proxy;
using Appliance.Web.Demo;
using Appliance.Web.Startup;

namespace Appliance.Web.Hosting;

/// <summary>What a process says when it has started: where it listens, and what to open first.</summary>
internal static partial class Greeting
{
    /// <summary>Says it: to people in a few lines; machines read every line of this output as a record, and get records.</summary>
    public static void Say(
        ApplianceOptions options,
        ProxyHost host,
        ConsolePorts ports,
        DemoPlace? demo,
        string? setup,
        LogSink sink,
        ILoggerFactory logs
    )
    {
        var proxy = $"http://{Listeners.Shown(options.Bind)}:{host.HttpEndPoint.Port}";
        List<(string What, string Text)> lines = [("Proxy", proxy)];
        if (host.HttpsEndPoint is { } secure)
            lines.Add(("Proxy", $"https://{Listeners.Shown(options.Bind)}:{secure.Port}"));
        lines.Add(("Console", $"http://{Listeners.Shown(options.ConsoleBind)}:{ports.Http}"));
        if (ports.Https is { } https)
            lines.Add(("Console", $"https://{options.PublicUrl?.Host ?? Listeners.Shown(options.ConsoleBind)}:{https}"));
        if (ports.Metrics is { } metrics)
            lines.Add(("Metrics", $"http://{Listeners.Shown(options.Telemetry.MetricsBind)}:{metrics}/metrics"));
        if (demo is not null)
            lines.Add(("Demo", demo.Sentence(new(proxy))));
        if (setup is not null)
            lines.AddRange([
                ("Set up", setup),
                ("Set up", "(open it to make the first administrator; it works once, for one hour; appliance setup-link prints a new one)"),
            ]);
        if (options.JsonLog)
        {
            var log = logs.CreateLogger(ConsoleLogs.Greeting);
            foreach (var (what, text) in lines)
                Greeted(log, what, text);
            return;
        }

        var last = "";
        foreach (var (what, text) in lines)
        {
            sink.Write((what == last ? "" : what + ":").PadRight(9) + text + Environment.NewLine);
            last = what;
        }

        sink.Write("Press Ctrl+C to stop." + Environment.NewLine);
    }

    [LoggerMessage(3002, LogLevel.Information, "{What}: {Text}")]
    private static partial void Greeted(ILogger log, string what, string text);
}
