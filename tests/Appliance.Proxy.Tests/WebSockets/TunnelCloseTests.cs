using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.Connections;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>Both close frames have passed on the relay of streams: the connections end then, and no timer is waited for.</summary>
public sealed class TunnelCloseTests
{
    private static readonly byte[] _fromClient = Frames.Write(0x88, [0x03, 0xE8], [1, 2, 3, 4]);
    private static readonly byte[] _fromServer = Frames.Write(0x88, [0x03, 0xE8], null);

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task BothSaidClose_BothConnectionsEnd(bool clientFirst, bool clientLeaves)
    {
        var (heard, gone) = (new TaskCompletionSource(), new TaskCompletionSource<string>());
        await using var server = new SecureBackEnd(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync());
            if (!clientFirst)
                await peer.SendAsync(_fromServer);
            await peer.ReadAsync(_fromClient.Length);
            heard.SetResult();
            if (clientFirst)
                await peer.SendAsync(_fromServer);
            gone.SetResult(await peer.ReadToEndAsync());
        });
        await using var host = await TunnelHost.StartAsync(
            new TunnelPlan
            {
                Servers = [server.Address],
                Tls = new() { Verify = false },
                TunnelTime = TestTime.New(),
            }
        );
        await using var client = await host.OpenAsync();
        if (!clientFirst)
            await client.ReadAsync(_fromServer.Length);
        await client.SendAsync(_fromClient);
        if (clientFirst)
            await client.ReadAsync(_fromServer.Length);

        // The server under the proxy lets go of a request whose client leaves, with what had come and was not read.
        await heard.Task.WaitAsync(TimeSpan.FromSeconds(60));
        if (clientLeaves)
            await client.DisposeAsync();
        else
            (await client.ReadToEndAsync()).ShouldBe("");

        (await gone.Task.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBe("");
        await host.GoneAsync(keptSockets: 1);
        host.Connections.Closed.List().Single().End.ShouldBe(clientFirst ? TunnelEnd.ClientClosed : TunnelEnd.ServerClosed);
    }
}
