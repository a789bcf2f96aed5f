using Appliance.Data;
using Appliance.Proxy;
using Appliance.Proxy.AccessLogs;
using Appliance.Web.Controls;
using Appliance.Web.Demo;
using Appliance.Web.Logs;
using Appliance.Web.Metrics;
using Appliance.Web.SignIn;
using Appliance.Web.Startup;

namespace Appliance.Web.Hosting;

/// <summary>The whole product running: the proxy, the console, their start and their end.</summary>
public static class Server
{
    /// <summary>Runs until a signal. The exit code says how it went.</summary>
    public static async Task<int> RunAsync(
        ApplianceOptions options,
        bool demo,
        TextWriter output,
        TextWriter errors,
        CancellationToken cancellationToken
    )
    {
        // Before anything is open: a signal during the start shall end it in order, too.
        using var signals = new StopSignals(cancellationToken, isServer: true);
        try
        {
            OpenFileLimit.Demand();
            using var node = await Node.OpenForServerAsync(options, errors, signals.Asked);
            await using var backends = demo ? await DemoBackends.StartAsync(DemoBackends.StandardPorts, signals.Asked) : null;
            var place = backends is null ? null : await DemoConfig.StoreAsync(node.Store, node.EditorBeside(null), backends, signals.Asked);
            using var sink = new LogSink(output);
            using var logSwitch = new LogSwitch(options.LogLevel, options.JsonLog, TimeProvider.System);
            var collector = new Collector(options.Telemetry, TimeProvider.System);
            using var logs = ConsoleLogs.Create(logSwitch, sink, collector.AddLogs);
            using var lastLines = collector;
            collector.SayTo(logs);
            logSwitch.TellIn(logs.CreateLogger<LogSwitch>());
            using var accessLog = AccessLogs.Open(options, sink, logs);
            signals.Reopen = accessLog.Log.Reopen;
            await using var proxy = NewProxy(options, node, accessLog.Log, logs);
            await Listeners.StartAsync(
                proxy.StartAsync,
                options.Bind,
                options.HttpPort,
                "APPLIANCE_BIND",
                "APPLIANCE_HTTP_PORT",
                signals.Asked,
                options.HttpsPort is { } secure ? (secure, "APPLIANCE_HTTPS_PORT") : null
            );
            var log = logs.CreateLogger(typeof(Server).FullName!); // a class has a name
            try
            {
                var control = new LogControl(logSwitch, accessLog, node.Audit, logs.CreateLogger<LogControl>());
                return await ServeAsync(options, node, proxy, control, place, sink, logs, collector, signals);
            }
            catch (Exception exception) when (exception is DataFolderException or StartException)
            {
                // Said first: the proxy serves clients already, and they may take their time.
                await errors.WriteLineAsync(exception.Message);
                await StopProxyAsync(options, proxy, signals, log);
                return ExitCodes.Of(exception);
            }
            catch (Exception)
            {
                await StopProxyAsync(options, proxy, signals, log);
                throw;
            }
            finally
            {
                if (node.File.KeepAtStop() is { } lost)
                    log.DatabaseIsLost(lost);
            }
        }
        catch (OperationCanceledException) when (signals.Asked.IsCancellationRequested)
        {
            // Stopped while starting.
            return ExitCodes.Ok;
        }
        catch (Exception exception) when (exception is DataFolderException or StartException)
        {
            await errors.WriteLineAsync(exception.Message);
            return ExitCodes.Of(exception);
        }
    }

    // From the moment in which the proxy listens.
    private static async Task<int> ServeAsync(
        ApplianceOptions options,
        Node node,
        ProxyHost proxy,
        LogControl logControl,
        DemoPlace? place,
        LogSink sink,
        ILoggerFactory logs,
        Collector collector,
        StopSignals signals
    )
    {
        var log = logs.CreateLogger(typeof(Server).FullName!); // a class has a name
        await using var console = ConsoleHost.Build(options, node, proxy, logControl, logs, collector.State);
        using var sending = collector.Start(console.Services.GetRequiredService<MetricsReader>());

        foreach (var notice in node.LossNotices())
            log.DatabaseIsOlder(notice);

        // Before anybody can ask: a console that listens must know whether it has an administrator.
        var token = await PrepareAdministratorAsync(options, node, log, signals.Asked);
        await Listeners.StartAsync(
            console.StartAsync,
            options.ConsoleBind,
            options.ConsolePort,
            "APPLIANCE_CONSOLE_BIND",
            "APPLIANCE_CONSOLE_PORT",
            signals.Asked,
            options.ConsoleHttpsPort is { } consoleSecure ? (consoleSecure, "APPLIANCE_CONSOLE_HTTPS_PORT") : null,
            options.Telemetry is { MetricsPort: { } metrics, MetricsBind: var bind }
                ? new(bind, metrics, "APPLIANCE_METRICS_BIND", "APPLIANCE_METRICS_PORT")
                : null
        );
        var ports = ConsolePorts.Of(console, options);
        foreach (var port in ports.All)
            proxy.Guard(port);
        Greeting.Say(options, proxy, ports, place, token is null ? null : SetupLink.Of(options.SignIn, ports.Http, token), sink, logs);
        return await RunUntilStoppedAsync(options, proxy, console, signals, log);
    }

    private static async Task<string?> PrepareAdministratorAsync(
        ApplianceOptions options,
        Node node,
        ILogger log,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await FirstAdministrator.PrepareAsync(options.AdminUser, options.AdminPassword, node.Accounts, cancellationToken);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: the proxy serves what ran last, and every page of the console says what is wrong.
            log.DatabaseIsAway(exception);
            return null;
        }
    }

    private static ProxyHost NewProxy(ApplianceOptions options, Node node, AccessLog accessLog, ILoggerFactory logs) =>
        new(
            new()
            {
                Bind = options.Bind,
                HttpPort = options.HttpPort,
                HttpsPort = options.HttpsPort,
                Certificates = options.Certificates,
                CertificatesAreShown = options is { ConsoleHttpsPort: not null, ConsoleCertificate: null },
                TrustedProxies = options.TrustedProxies,
                ProxyProtocol = options.ProxyProtocol,
                HealthPath = options.ProxyHealth,
                DropUnderscoreHeaders = options.DropUnderscoreHeaders,
                Relay = options.Relay,
                Forwarder = options.Forwarder,
                ConsoleCookies = new CookieNames(MasterKey.Read(options.KeyFile ?? node.Folder.In("master.key"))).Prefix,
                LastGoodFile = node.Folder.LastGood,
                DeniedUpstreams = options.DeniedUpstreams,
                DrainWindow = options.Drain,
                AccessLog = accessLog,
            },
            node.Store,
            node.Store,
            logs,
            TimeProvider.System,
            node.Certificates
        );

    private static async Task<int> RunUntilStoppedAsync(
        ApplianceOptions options,
        ProxyHost proxy,
        WebApplication console,
        StopSignals signals,
        ILogger log
    )
    {
        await FirstOfAsync(signals.Asked, proxy.Stopping);
        var faulted = !signals.Asked.IsCancellationRequested;
        if (faulted)
            log.ProxyFaulted();
        else
            log.AskedToStop(Shown.Duration(options.Drain + options.Shutdown).Replace('\u202f', ' '));

        // The proxy first: until it is empty, the console shows how it empties.
        using var patience = PatienceOf(options, signals);
        await StopAsync("proxy", proxy.StopAsync, log, patience.Token);
        await StopAsync("console", console.StopAsync, log, patience.Token);
        return faulted ? ExitCodes.Fault : ExitCodes.Ok;
    }

    private static async Task StopProxyAsync(ApplianceOptions options, ProxyHost proxy, StopSignals signals, ILogger log)
    {
        using var patience = PatienceOf(options, signals);
        await StopAsync("proxy", proxy.StopAsync, log, patience.Token);
    }

    private static CancellationTokenSource PatienceOf(ApplianceOptions options, StopSignals signals)
    {
        var patience = CancellationTokenSource.CreateLinkedTokenSource(signals.Impatient);
        patience.CancelAfter(options.Drain + options.Shutdown);
        return patience;
    }

    private static async Task StopAsync(string host, Func<CancellationToken, Task> stop, ILogger log, CancellationToken patience)
    {
        try
        {
            await stop(patience);
        }
        catch (OperationCanceledException)
        {
            // Time is up: what was still open is cut, which is what was asked for.
        }
        catch (Exception exception)
        {
            // Going on is right: the process ends anyway, and the other host still has to end in order.
            log.StopFailed(exception, host);
        }
    }

    private static async Task FirstOfAsync(CancellationToken one, CancellationToken other)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(one, other);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

internal static partial class ServerLog
{
    [LoggerMessage(3000, LogLevel.Critical, "The proxy ended without being asked to; this process ends with it.")]
    public static partial void ProxyFaulted(this ILogger log);

    [LoggerMessage(3006, LogLevel.Information, "Asked to stop: what is open has up to {Time} to end. A second signal ends it immediately.")]
    public static partial void AskedToStop(this ILogger log, string time);

    [LoggerMessage(3003, LogLevel.Error, "{Sentence}")]
    public static partial void DatabaseIsOlder(this ILogger log, string sentence);

    [LoggerMessage(3004, LogLevel.Error, "Nobody can sign in to the console.")]
    public static partial void DatabaseIsAway(this ILogger log, Exception exception);

    [LoggerMessage(3005, LogLevel.Error, "{Sentence}")]
    public static partial void DatabaseIsLost(this ILogger log, string sentence);

    [LoggerMessage(3001, LogLevel.Error, "The {Host} could not stop in order.")]
    public static partial void StopFailed(this ILogger log, Exception exception, string host);
}
