using Appliance.Web.Connections;
using Appliance.Web.Sockets;
using Appliance.Web.Tests.Controls;
using Bunit;

namespace Appliance.Web.Tests.Sockets;

public sealed class SocketCountTests : Rendering
{
    [Theory]
    [InlineData("a b&c", "", "")]
    [InlineData("", "p", "http://127.0.0.1:1")]
    [InlineData("", "", "")]
    public void Link_LeadsToWhatThePageOfConnectionsReads(string route, string pool, string server)
    {
        var link = Render<SocketCount>(parameters =>
                parameters
                    .Add(count => count.Count, 3)
                    .Add(count => count.Route, route)
                    .Add(count => count.Pool, pool)
                    .Add(count => count.Server, server)
            )
            .Find("a");
        var address = link.GetAttribute("href").ShouldNotBeNull();
        var query = new ConnectionQuery
        {
            Route = route,
            Pool = pool,
            Server = server,
        };
        ConnectionQuery.Parse(address).ShouldBe(query);
        address.ShouldBe(query.Address());
        link.TextContent.ShouldBe("3");
    }

    [Fact]
    public void Link_OfNone_IsPlainText() =>
        Render<SocketCount>(parameters => parameters.Add(count => count.Count, 0)).FindAll("a").ShouldBeEmpty();
}
