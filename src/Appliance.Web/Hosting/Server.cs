using System.Net;
using System.Runtime.InteropServices;
using Appliance.Data;
using Appliance.Proxy;
using Appliance.Web.Control;
using Appliance.Web.Demo;

namespace Appliance.Web.Hosting;

/// <summary>The whole product running: the proxy, the console, their start and their end.</summary>
public static class Server
{
    /// <summary>Runs until a signal. The exit code says how it went.</summary>
    public static async Task<int> RunAsync(ApplianceOptions options, bool demo, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        try
        {
            using var node = await Node.OpenAsync(options, cancellationToken);
            await using var back = demo ? await DemoBackends.StartAsync(cancellationToken) : null;
            if (back is not null)
                await DemoConfig.StoreIfEmptyAsync(node, back, cancellationToken);
            using var logs = Logging(options);
            await using var proxy = new ProxyHost(
                new()
                {
                    Bind = options.Bind,
                    HttpPort = options.HttpPort,
                    TrustedProxies = options.TrustedProxies,
                    DropUnderscoreHeaders = options.DropUnderscoreHeaders,
                    LastGoodFile = node.Folder.LastGood,
                },
                node.Store, node.Store, logs, TimeProvider.System);
            await StartAsync(token => proxy.StartAsync(token), "APPLIANCE_HTTP_PORT", options.Bind, options.HttpPort, cancellationToken);
            await using var console = ConsoleHost.Build(options, node.Folder, proxy, new(node.Store, node.Editor, proxy), logs);
            await StartAsync(token => console.StartAsync(token), "APPLIANCE_CONSOLE_PORT", options.ConsoleBind, options.ConsolePort, cancellationToken);
            await output.WriteLineAsync($"Proxy:   http://{Shown(options.Bind)}:{proxy.HttpEndPoint.Port}");
            await output.WriteLineAsync($"Console: http://{Shown(options.ConsoleBind)}:{ConsoleHost.PortOf(console)} (/healthz, /readyz)");
            if (demo)
                await output.WriteLineAsync($"Demo:    http://{Shown(options.Bind)}:{proxy.HttpEndPoint.Port}/chat/ in two browser windows, or /echo");
            await output.WriteLineAsync("Press Ctrl+C to stop.");
            return await UntilSignalAsync(options, proxy, console, cancellationToken);
        }
        catch (DataFolderException exception)
        {
            await errors.WriteLineAsync(exception.Message);
            return ExitCodes.Settings;
        }
        catch (PortException exception)
        {
            await errors.WriteLineAsync(exception.Message);
            return ExitCodes.Settings;
        }
    }

    private static async Task<int> UntilSignalAsync(ApplianceOptions options, ProxyHost proxy, WebApplication console, CancellationToken cancellationToken)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var patience = new CancellationTokenSource();
        void OnSignal(PosixSignalContext signal)
        {
            signal.Cancel = true;

            // The second signal is impatience: cut.
            if (!asked.TrySetResult())
                patience.Cancel();
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        await using var stop = cancellationToken.Register(() => asked.TrySetResult());
        await asked.Task;
        patience.CancelAfter(options.Shutdown);

        // The proxy first: people see in the console how it ends.
        await proxy.StopAsync(patience.Token);
        await console.StopAsync(patience.Token);
        return ExitCodes.Ok;
    }

    private static async Task StartAsync(Func<CancellationToken, Task> start, string setting, IPAddress bind, int port, CancellationToken cancellationToken)
    {
        try
        {
            await start(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            throw new PortException(
                $"Port {port} on {bind} cannot be used ({exception.InnerException?.Message ?? exception.Message}); stop what uses it, or set {setting} to another port.");
        }
    }

    private static string Shown(IPAddress bind) =>
        bind.Equals(IPAddress.Any) || bind.Equals(IPAddress.IPv6Any) || IPAddress.IsLoopback(bind) ? "localhost" : bind.ToString();

    private static ILoggerFactory Logging(ApplianceOptions options) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(options.LogLevel);

        // The frameworks' chatter is for their authors; their warnings are for everyone.
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Yarp", LogLevel.Warning);

        // A host that cannot start says so with a stack trace; we say it in a sentence.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        if (options.JsonLog)
            logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        else
            logging.AddSimpleConsole(text => (text.SingleLine, text.TimestampFormat) = (true, "HH:mm:ss "));
    });

    private sealed class PortException(string message) : Exception(message);
}
