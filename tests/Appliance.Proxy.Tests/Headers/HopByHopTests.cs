using Appliance.Proxy.Headers;

namespace Appliance.Proxy.Tests.Headers;

public sealed class HopByHopTests
{
    [Theory]
    [InlineData("close", null)]
    [InlineData("keep-alive, Upgrade", null)]
    [InlineData("close, X-Drop", "X-Drop")]
    [InlineData("X-A,X-B , ,close", "X-A X-B")]
    [InlineData("Host, Content-Length, Cookie", null)] // nominating these would forge another message
    public void Nominated_Options_GivesNames(string connection, string? expected) =>
        (HopByHop.Nominated(connection) is { } names ? string.Join(' ', names) : null).ShouldBe(expected);

    [Theory]
    [InlineData("connection", true)]
    [InlineData("Transfer-Encoding", true)]
    [InlineData("Host", false)]
    public void Is_Name_IgnoresCase(string name, bool expected) => HopByHop.Is(name).ShouldBe(expected);
}
