using System.Threading.Channels;
using Appliance.Proxy.Connections;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>One tunnel with both ends in a test's hands.</summary>
internal sealed class OpenTunnel : IAsyncDisposable
{
    private readonly RawBackEnd _backEnd;
    private LiveConnection? _live;

    private OpenTunnel(RawBackEnd backEnd, TunnelHost host, RawPeer client, RawPeer server, string head)
    {
        _backEnd = backEnd;
        (Host, Client, Server, Head) = (host, client, server, head);
    }

    public TunnelHost Host { get; }

    public RawPeer Client { get; }

    public RawPeer Server { get; }

    /// <summary>The handshake as the server read it.</summary>
    public string Head { get; }

    public LiveConnection Live => _live ?? throw new InvalidOperationException("Not open yet.");

    /// <summary>Both heads have crossed. A small <paramref name="receiveBytes"/> lets an end that does not read be felt soon.</summary>
    public static async Task<OpenTunnel> StartAsync(TunnelPlan plan, int receiveBytes = 0)
    {
        var tunnel = await BeginAsync(plan, receiveBytes);
        await tunnel.AcceptAsync();
        return tunnel;
    }

    /// <summary>The server has read the handshake and not answered.</summary>
    public static async Task<OpenTunnel> BeginAsync(TunnelPlan plan, int receiveBytes = 0)
    {
        var arrived = Channel.CreateUnbounded<RawPeer>();
        var backEnd = new RawBackEnd(peer => arrived.Writer.WriteAsync(peer).AsTask(), receiveBytes);
        var host = await TunnelHost.StartAsync(plan with { Servers = [backEnd.Address] });
        var client = await RawPeer.ConnectAsync(host.Port, receiveBytes, plan.OverTls);
        await client.SendAsync(TunnelHost.Handshake);
        var server = await arrived.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        return new OpenTunnel(backEnd, host, client, server, await server.ReadHeadAsync());
    }

    /// <summary>Answers the handshake and reads the answer.</summary>
    public async Task AcceptAsync(byte[]? behind = null)
    {
        await Server.AcceptAsync(Head, behind: behind);
        (await Client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
        _live = await Host.LiveAsync();
    }

    /// <summary>Waits until the proxy has let go of everything.</summary>
    public Task GoneAsync() => Host.GoneAsync();

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _backEnd.DisposeAsync();
        await Host.DisposeAsync();
    }
}
