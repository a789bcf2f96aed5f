using System.Net;
using Appliance.Proxy;
using Appliance.Web.Certificates.Acme;
using Appliance.Web.Hosting;
using Appliance.Web.Logs;
using Appliance.Web.Startup;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Web.Tests.Control;

/// <summary>A node with a real store, proxy, console and control socket, on free ports.</summary>
public sealed class ConsoleUnderTest : IAsyncDisposable
{
    private readonly Node _node;
    private readonly WebApplication _console;

    private ConsoleUnderTest(string folder, Node node, ProxyHost proxy, WebApplication console)
    {
        Folder = folder;
        _node = node;
        Proxy = proxy;
        _console = console;
    }

    public string Folder { get; }

    public ProxyHost Proxy { get; }

    public int Port => Listeners.PortOf(_console);

    public int HttpsPort => Listeners.PortOf(_console, "https");

    public IServiceProvider Services => _console.Services;

    public static async Task<ConsoleUnderTest> StartAsync(
        Action<string>? before = null,
        Func<ApplianceOptions, ApplianceOptions>? with = null
    )
    {
        var folder = Directory.CreateTempSubdirectory("appliance-console-").FullName;
        before?.Invoke(folder);
        var options = new ApplianceOptions { Data = folder, ConsolePort = 0 };
        options = with?.Invoke(options) ?? options;
        var node = await Node.OpenAsync(options, CancellationToken.None);
        var proxy = new ProxyHost(
            new() { Bind = IPAddress.Loopback, HttpPort = 0 },
            node.Store,
            node.Store,
            NullLoggerFactory.Instance,
            TimeProvider.System,
            node.Certificates
        );
        await proxy.StartAsync(CancellationToken.None);
        var log = new LogSwitch(options.LogLevel, options.JsonLog, TimeProvider.System);
        var access = AccessLogs.Open(options, new(TextWriter.Null), NullLoggerFactory.Instance);
        var control = new LogControl(log, access, node.Audit, NullLogger<LogControl>.Instance);
        var console = ConsoleHost.Build(options, node, proxy, control, NullLoggerFactory.Instance);
        await console.StartAsync();

        // What a test orders is asked of no authority, and nobody writes into the audit behind its back.
        await console.Services.GetServices<IHostedService>().OfType<AcmeRenewal>().Single().StopAsync(CancellationToken.None);
        return new(folder, node, proxy, console);
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await Proxy.StopAsync(limit.Token);
        await _console.StopAsync(limit.Token);
        await Proxy.DisposeAsync();
        await _console.DisposeAsync();
        _node.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
