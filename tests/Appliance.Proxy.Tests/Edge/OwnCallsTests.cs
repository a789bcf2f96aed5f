using System.Net;
using System.Net.Sockets;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Edge;

public sealed class OwnCallsTests
{
    [Theory]
    [InlineData(RelayChoice.Epoll, "127.0.0.1")]
    [InlineData(RelayChoice.Stream, "127.0.0.1")]
    [InlineData(RelayChoice.Epoll, "0.0.0.0")]
    [InlineData(RelayChoice.Epoll, "::")]
    [InlineData(RelayChoice.Stream, "::")]
    [InlineData(RelayChoice.Epoll, "::1")]
    public async Task FindDeaf_PortsThatAnswer_IsNoneAndNothingIsCountedOrLogged(RelayChoice relay, string bind)
    {
        using var issued = new Issued();
        using var log = new LinesLog();
        await using var backend = new RecordingBackend();
        var revisions = new MemoryRevisions();
        revisions.Save(Configs.All(backend.Address));
        await using var proxy = new ProxyHost(
            new()
            {
                Bind = IPAddress.Parse(bind),
                HttpPort = 0,
                HttpsPort = 0,
                Relay = relay,
                Certificates = issued.Folder,
            },
            revisions,
            revisions,
            log,
            TimeProvider.System
        );
        await proxy.StartAsync(CancellationToken.None);
        var before = log.Lines.ToArray();

        (await proxy.FindDeafPortAsync(CancellationToken.None)).ShouldBeNull();

        log.Lines.ShouldBe(before);
        proxy.Traffic.Total.Read().Requests.ShouldBe(0);
        backend.Requests.ShouldBeEmpty();

        // A stranger's HEAD is an ordinary request.
        if (bind == "::1")
            return;
        (
            await RawHttp.SendAsync(proxy.HttpEndPoint.Port, "HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        ).Status.ShouldBe(200);
        backend.Requests.ShouldHaveSingleItem();
        await proxy.StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData(false, "said nothing for 2 seconds")]
    [InlineData(true, "said nothing for 2 seconds")]
    public async Task FindDeaf_KernelTakesConnectionsAndNobodyElse_SaysWhichPort(bool secure, string expected)
    {
        using var deaf = new TcpListener(IPAddress.Loopback, 0);
        deaf.Start();
        using var good = new TcpListener(IPAddress.Loopback, 0);
        good.Start();
        var answering = AnswerAsync(good);
        var (first, second) = secure ? (good, deaf) : (deaf, good);
        var calls = new OwnCalls(speaksProxyProtocol: false, TimeProvider.System);

        var said = await calls.FindDeafAsync(secure ? [End(first), End(second)] : [End(first)], CancellationToken.None);

        said.ShouldBe($"The proxy's own port {End(deaf).Port} does not answer: a call to {End(deaf)} {expected}.");
        calls.Has((IPEndPoint)deaf.AcceptSocket().RemoteEndPoint!).ShouldBeFalse("the call is over");
        if (secure)
            await answering;
    }

    [Fact]
    public async Task FindDeaf_NobodyListens_SaysWhichPortAndWhy()
    {
        var port = FreePorts.Next();
        var said = await new OwnCalls(speaksProxyProtocol: false, TimeProvider.System).FindDeafAsync(
            [new(IPAddress.Any, port)],
            CancellationToken.None
        );
        said.ShouldBe(
            $"The proxy's own port {port} does not answer: a call to 127.0.0.1:{port} could not be reached (Connection refused)."
        );
    }

    [Fact]
    public async Task FindDeaf_ManyAskWithinASecond_CallOnce()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var calls = new OwnCalls(speaksProxyProtocol: false, TimeProvider.System);
        var answering = AnswerAsync(listener);
        var asked = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => calls.FindDeafAsync([End(listener)], CancellationToken.None)));
        asked.ShouldAllBe(said => said == null);
        await answering;
        listener.Pending().ShouldBeFalse();
    }

    private static IPEndPoint End(TcpListener listener) => (IPEndPoint)listener.LocalEndpoint;

    private static async Task AnswerAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync();
        (await client.GetStream().ReadAsync(new byte[1000])).ShouldBeGreaterThan(0);
        await client.GetStream().WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
    }
}
