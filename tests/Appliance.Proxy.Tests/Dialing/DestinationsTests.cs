using System.Collections.Immutable;
using System.Net;
using System.Net.WebSockets;
using Appliance.Proxy.Config;
using Appliance.Proxy.Dialing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Dialing;

public sealed class DestinationsTests
{
    private static readonly ImmutableArray<IPNetwork> _standard =
    [
        .. Destinations
            .Metadata.Split(',', StringSplitOptions.TrimEntries)
            .Select(text =>
                IPNetwork.TryParse(text, out var network)
                    ? network
                    : new IPNetwork(IPAddress.Parse(text), IPAddress.Parse(text).GetAddressBytes().Length * 8)
            ),
    ];

    [Theory]
    [InlineData("169.254.169.254", true)]
    [InlineData("::ffff:169.254.169.254", true)]
    [InlineData("169.254.170.2", true)]
    [InlineData("fe80::1", true)]
    [InlineData("fd00:ec2::254", true)]
    [InlineData("100.100.100.200", true)]
    [InlineData("168.63.129.16", true)]
    [InlineData("169.253.1.1", false)]
    [InlineData("100.100.100.201", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("fd00::1", false)]
    public void Fault_MetadataServices_AreDenied(string address, bool denied) =>
        (new Destinations(_standard).Fault([IPAddress.Parse(address)], 80) is not null).ShouldBe(denied);

    [Fact]
    public void Fault_OneOfSeveral_IsEnough() =>
        new Destinations(_standard)
            .Fault([IPAddress.Parse("10.0.0.1"), IPAddress.Parse("169.254.169.254")], 80)
            .ShouldNotBeNull()
            .ShouldContain("APPLIANCE_DENIED_UPSTREAMS");

    [Fact]
    public void Fault_OwnPort_OnlyOnThisMachine()
    {
        var destinations = new Destinations([]);
        destinations.Guard(8081);
        foreach (var here in new[] { "127.0.0.1", "127.1.2.3", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1" })
            destinations.Fault([IPAddress.Parse(here)], 8081).ShouldNotBeNull(here);
        destinations.Fault([IPAddress.Loopback], 8082).ShouldBeNull();
        destinations.Fault([IPAddress.Parse("192.0.2.1")], 8081).ShouldBeNull();
    }

    [Fact]
    public void Validator_LiteralAddress_IsRefusedAtItsField()
    {
        var config = new ProxyConfig { UpstreamPools = [Configs.Pool("meta", "http://10.0.0.1:80", "http://169.254.169.254")] };
        var problem = new ConfigValidator(new(_standard)).Check(ProxyConfig.Empty, config).Errors.ShouldHaveSingleItem();
        (problem.Path, problem.Code).ShouldBe(("upstreamPools/meta/servers/1/address", "denied_address"));
        new ConfigValidator().Check(ProxyConfig.Empty, config).Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("http")]
    [InlineData("h2c")]
    public async Task Proxy_NameThatStandsForADeniedAddress_Is502AndNothingIsAsked(string scheme)
    {
        await using var backend = new RecordingBackend();
        var port = new Uri(backend.Address).Port;
        var config = new ProxyConfig
        {
            Routes = [Configs.Proxy("all", pool: "p")],
            UpstreamPools = [Configs.Pool("p", $"{scheme}://localhost:{port}")],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(
            config,
            new() { DeniedUpstreams = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")] }
        );
        (await RawHttp.GetAsync(proxy.Port, "/", "a.example")).Status.ShouldBe(502);
        using var socket = new ClientWebSocket();
        (
            await Should.ThrowAsync<WebSocketException>(() =>
                socket.ConnectAsync(new($"ws://127.0.0.1:{proxy.Port}/"), CancellationToken.None)
            )
        ).Message.ShouldContain("502");
        backend.Requests.ShouldBeEmpty();
    }
}
