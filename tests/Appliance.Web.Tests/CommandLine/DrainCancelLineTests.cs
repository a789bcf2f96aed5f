using Appliance.Proxy.Connections;
using Appliance.Web.CommandLine;
using Appliance.Web.Control;

namespace Appliance.Web.Tests.CommandLine;

public sealed class DrainCancelLineTests
{
    [Theory]
    [InlineData(DrainKind.Route, "route chat", null, "appliance drain cancel route chat")]
    [InlineData(DrainKind.Route, "route the chat", null, "appliance drain cancel route 'the chat'")]
    [InlineData(DrainKind.Pool, "pool b", null, "appliance drain cancel pool b")]
    [InlineData(
        DrainKind.Server,
        "server http://a:80 of pool chat",
        "http://a:80",
        "appliance drain cancel server http://a:80 --pool chat"
    )]
    [InlineData(
        DrainKind.Server,
        "server http://[::1]:80 of pool my pool",
        "http://[::1]:80",
        "appliance drain cancel server http://[::1]:80 --pool 'my pool'"
    )]
    public void CommandFor_OneDrain_NamesItAsAShellReadsIt(DrainKind kind, string name, string? server, string command) =>
        DrainCancelLine.CommandFor([Line(kind, name, server)]).ShouldBe(command);

    [Fact]
    public void CommandFor_AServerInSeveralPools_MeansAllOfThem() =>
        DrainCancelLine
            .CommandFor([
                Line(DrainKind.Server, "server http://a:80 of pool one", "http://a:80"),
                Line(DrainKind.Server, "server http://a:80 of pool two", "http://a:80"),
            ])
            .ShouldBe("appliance drain cancel server http://a:80 --all-pools");

    private static DrainLine Line(DrainKind kind, string name, string? server) =>
        new(kind, name, server, DateTime.UnixEpoch, 1, 0, false, 0, null, 0, 0, "ann", Guid.Empty);
}
