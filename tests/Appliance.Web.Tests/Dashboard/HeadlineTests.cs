using Appliance.Proxy.Config;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;
using Appliance.Web.Dashboard;
using Appliance.Web.Live;
using Appliance.Web.Tests.Live;

namespace Appliance.Web.Tests.Dashboard;

public sealed class HeadlineTests
{
    private static readonly UpstreamPool _api = Configs.Pool("api", "http://10.0.0.1:80", "http://10.0.0.2:80");

    [Fact]
    public void Of_EverythingUp_SaysNothing() => Headline.Of(View(ServerCondition.Up, ServerCondition.Untried)).ShouldBeEmpty();

    [Fact]
    public void Of_OneOfTwoFails_NamesItAndWhy() =>
        Headline
            .Of(View(ServerCondition.Up, ServerCondition.Failing))
            .ShouldBe([new(false, "Pool api: 1 of 2 servers is failing (http://10.0.0.2:80). It refused.", $"/pools/{_api.Id}")]);

    [Theory]
    [InlineData(ServerCondition.Failing)]
    [InlineData(ServerCondition.Down)]
    public void Of_NoServerLeft_IsBad(ServerCondition other) =>
        Headline
            .Of(View(ServerCondition.Failing, other))
            .ShouldBe([new(true, "No server of pool api answers. It refused.", $"/pools/{_api.Id}")]);

    [Fact]
    public void Of_PoolThatIsSwitchedOff_IsNoTrouble() => Headline.Of(View(ServerCondition.Down, ServerCondition.Down)).ShouldBeEmpty();

    [Fact]
    public void Of_RouteThatIsLeftOut_ComesFirst()
    {
        var view = View(ServerCondition.Up, ServerCondition.Failing);
        var route = Configs.Proxy("chat");
        view = view with
        {
            Head = new(1, new() { Routes = [route] }),
            Report = view.Report with { Problems = [new("routes/chat/path", "left_out", "Its regex is refused.")] },
        };
        Headline.Of(view)[0].ShouldBe(new(true, "Route chat is left out: Its regex is refused.", $"/routes/{route.Id}"));
    }

    [Fact]
    public void Routes_ToAPoolWithoutAServer_ComeFirst()
    {
        var view = View(ServerCondition.Failing, ServerCondition.Failing);
        view = view with { Head = new(1, new() { Routes = [Configs.Proxy("fine", pool: "other"), Configs.Proxy("broken", pool: "api")] }) };
        view.Once(DashboardFigures.Of).Routes.Select(row => (row.Route.Name, row.NoServer)).ShouldBe([("broken", true), ("fine", false)]);
    }

    [Fact]
    public void Servers_MoreThanTen_AreTheWorstTenAndACount()
    {
        var pool = Configs.Pool("many", [.. Enumerable.Range(1, 12).Select(number => $"http://10.0.0.{number}:80")]);
        var servers = pool.Servers.Select(
            (server, index) => Server(server.Address, index == 11 ? ServerCondition.Failing : ServerCondition.Up)
        );
        var view = View() with
        {
            Upstreams = UpstreamView.Empty with { Pools = new Dictionary<Guid, PoolView> { [pool.Id] = new(pool, [.. servers]) } },
        };
        view.Once(DashboardFigures.Of).Servers.Length.ShouldBe(10);
        view.Once(DashboardFigures.Of).Servers[0].Server.Address.ShouldBe("http://10.0.0.12:80");
        view.Once(DashboardFigures.Of).ServerCount.ShouldBe(12);
    }

    private static ServerView Server(string address, ServerCondition condition) =>
        new(address, condition, 0, condition == ServerCondition.Failing ? "It refused." : null, null, default);

    private static ConsoleView View(params ServerCondition[] conditions) =>
        new(
            Points.Start,
            new ConfigRevision(1, new()),
            null,
            [],
            new(1, 1, null, [], Points.Start),
            TrafficView.Empty with
            {
                At = Points.Start,
            },
            UpstreamView.Empty with
            {
                Pools = new Dictionary<Guid, PoolView>
                {
                    [_api.Id] = new(_api, [.. conditions.Select((condition, index) => Server(_api.Servers[index].Address, condition))]),
                },
            },
            0
        );
}
