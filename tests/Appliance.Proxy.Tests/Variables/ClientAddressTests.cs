using System.Net;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Tests.Variables;

public sealed class ClientAddressTests
{
    private readonly ClientAddress _clients = new([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("2001:db8::/32")]);

    [Theory]
    [InlineData("192.0.2.1", "198.51.100.7", "192.0.2.1")] // an untrusted peer claims what it likes
    [InlineData("10.0.0.1", "", "10.0.0.1")]
    [InlineData("10.0.0.1", "198.51.100.7", "198.51.100.7")]
    [InlineData("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7")] // the last untrusted one; what stands left of it is a claim
    [InlineData("10.0.0.1", "198.51.100.7, 10.1.1.1 , 10.2.2.2", "198.51.100.7")]
    [InlineData("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1")]
    [InlineData("10.0.0.1", "198.51.100.7:4711", "198.51.100.7")]
    [InlineData("10.0.0.1", "[2001:db9::1]:4711", "2001:db9::1")]
    [InlineData("10.0.0.1", "2001:db9::1", "2001:db9::1")]
    [InlineData("10.0.0.1", "198.51.100.7, unknown", "10.0.0.1")]
    [InlineData("10.0.0.1", "198.51.100.7, unknown, 10.9.9.9", "10.9.9.9")]
    [InlineData("10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7")]
    [InlineData("2001:db8::5", "198.51.100.7", "198.51.100.7")]
    public void Resolve_PeerAndHeader_GivesClient(string peer, string header, string expected) =>
        _clients.Resolve(IPAddress.Parse(peer), header).ShouldBe(IPAddress.Parse(expected));

    [Fact]
    public void Resolve_SeveralLines_AreOneList() =>
        _clients
            .Resolve(IPAddress.Parse("10.0.0.1"), new(["203.0.113.9", "198.51.100.7, 10.1.1.1", "10.2.2.2"]))
            .ShouldBe(IPAddress.Parse("198.51.100.7"));

    [Fact]
    public void Resolve_NothingTrusted_IsPeer() =>
        new ClientAddress([]).Resolve(IPAddress.Loopback, "198.51.100.7").ShouldBe(IPAddress.Loopback);
}
