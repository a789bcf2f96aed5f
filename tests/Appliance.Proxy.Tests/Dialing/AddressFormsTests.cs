using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Appliance.Proxy.Config;
using Appliance.Proxy.Dialing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Dialing;

/// <summary>One denied network, and every way to write an address that leads into it.</summary>
public sealed class AddressFormsTests
{
    private static readonly ImmutableArray<IPNetwork> _loopback = [IPNetwork.Parse("127.0.0.0/8")];

    /// <summary>Hosts as people write them; true: they lead to 127.0.0.0/8.</summary>
    public static TheoryData<string, bool> Hosts =>
        new()
        {
            { "127.0.0.1", true },
            { "127.255.255.254", true },
            { "0.0.0.0", true },
            { "0", true },
            { "0x0", true },
            { "127.1", true },
            { "127.0.1", true },
            { "0x7f.1", true },
            { "0x7f000001", true },
            { "0177.0.0.1", true },
            { "017700000001", true },
            { "2130706433", true },
            { "localhost", true },
            { "LOCALHOST.", true },
            { "a.localhost", true },
            { "[::]", true },
            { "[::1]", true },
            { "[0:0:0:0:0:0:0:0]", true },
            { "[::ffff:127.0.0.1]", true },
            { "[::ffff:0.0.0.0]", true },
            { "[::ffff:7f00:1]", true },
            { "[::127.0.0.1]", true },
            { "[::ffff:0:127.0.0.1]", true },
            { "[64:ff9b::127.0.0.1]", true },
            { "[64:ff9b::]", true },
            { "[64:ff9b:1:7f00:0:100::]", true },
            { "[64:ff9b:1:7f:0:1::]", true },
            { "[64:ff9b:1:0:7f:0:100:0]", true },
            { "[64:ff9b:1::127.0.0.1]", true },
            { "[2002:7f00:1::]", true },
            { "[2002:7f00:1:1::5]", true },
            { "[2001:0:7f00:1::1]", true },
            { "[2001:0:c000:201::80ff:fffe]", true },
            { "[2001:db8::5efe:7f00:1]", true },
            { "[2001:db8::200:5efe:7f00:1]", true },
            { "[fe80::5efe:7f00:1%25lo]", true },
            { "128.0.0.1", false },
            { "10.0.0.1", false },
            { "0x0a000001", false },
            { "localhost.example.com", false },
            { "[::2:0:0]", false },
            { "[::ffff:10.0.0.1]", false },
            { "[64:ff9b::10.0.0.1]", false },
            { "[64:ff9b:1::10.0.0.1]", false },
            { "[64:ff9b:2::127.0.0.1]", false },
            { "[2002:a00:1::]", false },
            { "[2003:7f00:1::]", false },
            { "[2001:0:c000:201::f5ff:fffe]", false },
            { "[2001:db8::7f00:1]", false },
            { "[fd00::1]", false },
        };

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Validator_EverySpelling_IsJudgedByWhereItLeads(string host, bool isDenied)
    {
        var config = new ProxyConfig { UpstreamPools = [Configs.Pool("p", $"http://{host}:8099")] };
        var errors = new ConfigValidator(new(_loopback)).Check(ProxyConfig.Empty, config).Errors;
        errors.Select(problem => problem.Code).ShouldBe(isDenied ? ["denied_address"] : []);
    }

    [Theory]
    [InlineData("::ffff:127.0.0.0/104", "127.0.0.1", true)]
    [InlineData("::ffff:127.0.0.0/104", "::ffff:127.0.0.1", true)]
    [InlineData("fe80::/10", "fe80::1%1", true)]
    [InlineData("2002::/16", "2002:a00:1::", true)]
    [InlineData("::/0", "127.0.0.1", false)]
    [InlineData("::/0", "0.0.0.0", false)]
    [InlineData("0.0.0.0/0", "fd00::1", false)]
    [InlineData("10.0.0.0/8", "::", false)]
    public void Fault_Networks_MeanWhatTheyCover(string network, string address, bool isDenied) =>
        (new Destinations([IPNetwork.Parse(network)]).Fault([IPAddress.Parse(address)], 80) is not null).ShouldBe(isDenied);

    [Fact]
    public void Fault_OwnPort_InEveryForm()
    {
        var destinations = new Destinations([]);
        destinations.Guard(8081);
        foreach (var here in new[] { "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "::ffff:0.0.0.0" })
            destinations.Fault([IPAddress.Parse(here)], 8081).ShouldNotBeNull(here);
    }

    // Every dialer of the proxy, to a server that would answer: only the address is in its way.
    [Theory]
    [InlineData("http://0.0.0.0:{0}")]
    [InlineData("http://0:{0}")]
    [InlineData("http://[::]:{0}")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}")]
    [InlineData("http://0x7f.1:{0}")]
    [InlineData("http://127.1:{0}")]
    [InlineData("http://by-name.test:{0}")]
    [InlineData("h2c://0.0.0.0:{0}")]
    [InlineData("https://0.0.0.0:{0}")]
    public async Task Dial_AddressThatLeadsThere_NeitherRequestNorWebSocketGetsThrough(string server)
    {
        using var listener = TcpListener.Create(0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var pool = Configs.Pool("p", string.Format(CultureInfo.InvariantCulture, server, port));
        var config = new ProxyConfig { Routes = [Configs.Proxy("all", pool: "p")], UpstreamPools = [pool] };

        // Saved before the network was denied: only the dial can see it.
        await using var proxy = await ProxyUnderTest.StartAsync(
            config,
            new() { DeniedUpstreams = _loopback, LookUp = _ => [IPAddress.Any] }
        );
        (await RawHttp.GetAsync(proxy.Port, "/", "a.example")).Status.ShouldBe(502);
        using var socket = new ClientWebSocket();
        var refused = await Should.ThrowAsync<WebSocketException>(() =>
            socket.ConnectAsync(new($"ws://127.0.0.1:{proxy.Port}/"), CancellationToken.None)
        );
        refused.Message.ShouldContain("502");
        listener.Pending().ShouldBeFalse();

        await using var free = await ProxyUnderTest.StartAsync(config, new() { LookUp = _ => [IPAddress.Any] });
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var answer = RawHttp.GetAsync(free.Port, "/", "a.example");
        (await listener.AcceptSocketAsync(limit.Token)).Dispose();
        listener.Stop();
        (await answer).Status.ShouldBe(502);
    }
}
