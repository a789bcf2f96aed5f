using Appliance.Data.Notices;
using Appliance.Proxy.Config;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;
using Appliance.Web.Live;
using Appliance.Web.Tests.Live;
using Appliance.Web.Troubles;

namespace Appliance.Web.Tests.Troubles;

public sealed class UpstreamTroublesTests
{
    private static readonly HashSet<string> _none = [];
    private static readonly HashSet<string> _some = ["disk"];
    private static readonly UpstreamPool _api = Configs.Pool("api", "http://10.0.0.1:80", "http://10.0.0.2:80");

    [Fact]
    public void Of_EverythingUp_FindsNothing() => Find(_none, ServerCondition.Up, ServerCondition.Untried).ShouldBeEmpty();

    [Fact]
    public void Of_OneOfTwoFails_IsAServersTrouble()
    {
        var trouble = Find(_none, ServerCondition.Up, ServerCondition.Failing).ShouldHaveSingleItem();
        trouble.Id.ShouldBe($"server/{_api.Id}/http://10.0.0.2:80");
        trouble.Sentence.ShouldBe("Server http://10.0.0.2:80 of pool api is down. It refused.");
        (trouble.Severity, trouble.PartOf, trouble.IsUnsure).ShouldBe((NoticeSeverity.Warning, null, false));
        trouble.Since.ShouldBe(Points.Start - TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Of_NoServerLeft_IsThePoolsTroubleAndTheServersArePartOfIt()
    {
        var troubles = Find(_none, ServerCondition.Failing, ServerCondition.Failing);
        troubles[0].Kind.ShouldBe(TroubleKind.Pool);
        troubles[0].Severity.ShouldBe(NoticeSeverity.Critical);
        troubles[0].Sentence.ShouldBe("No server of pool api answers. It refused.");
        troubles.Skip(1).Select(trouble => trouble.PartOf).ShouldBe([troubles[0].Id, troubles[0].Id]);
    }

    // With few requests a dead server is mostly on trial: it is down until it answers.
    [Fact]
    public void Of_OnTrial_ItIsDown()
    {
        var one = Find(_none, ServerCondition.Up, ServerCondition.Trial).ShouldHaveSingleItem();
        (one.Kind.Name, one.IsUnsure).ShouldBe(("server", false));
        Find(_none, ServerCondition.Trial, ServerCondition.Failing)
            .Select(trouble => (trouble.Kind.Name, trouble.IsUnsure))
            .ShouldBe([("pool", false), ("server", false), ("server", false)]);
        var troubles = Find(_none, ServerCondition.Trial, ServerCondition.Failing);
        troubles.Skip(1).ShouldAllBe(trouble => trouble.PartOf == troubles[0].Id);
    }

    [Theory]
    [InlineData(ServerCondition.Up)]
    [InlineData(ServerCondition.Full)]
    [InlineData(ServerCondition.Draining)]
    public void Of_NoAnswerSinceItFailed_NobodyKnows(ServerCondition condition)
    {
        var view = View(Server(_api.Servers[0].Address, condition) with { FailingSince = Points.Start });
        new UpstreamTroubles()
            .Of(view, _none)
            .Select(trouble => (trouble.Kind.Name, trouble.IsUnsure))
            .ShouldBe([("pool", true), ("server", true)]);
        Find(_some, condition).ShouldBeEmpty();
    }

    [Fact]
    public void Of_TheOtherOneIsDrainedAndAnswers_IsAServersTrouble() =>
        Find(_none, ServerCondition.Draining, ServerCondition.Failing).ShouldHaveSingleItem().Kind.ShouldBe(TroubleKind.Server);

    [Fact]
    public void Of_UntriedAfterARestart_NobodyKnowsOfThoseThatWereTold()
    {
        Find(_none, ServerCondition.Untried, ServerCondition.Untried).ShouldBeEmpty();
        Find(_some, ServerCondition.Untried, ServerCondition.Untried).ShouldAllBe(trouble => trouble.IsUnsure);
        Find(_some, ServerCondition.Untried, ServerCondition.Untried).Count.ShouldBe(3);
    }

    [Fact]
    public void Config_RefusedAndLeftOut_AreTroublesWithTheirPages()
    {
        var route = Configs.Proxy("chat");
        var view = View(servers: []) with
        {
            Head = new(2, new() { Routes = [route] }),
            Report = new(
                2,
                1,
                "Its map is too large.",
                [new("routes/chat/path", "left_out", "Its regex is refused."), new("headerMaps/$a", "left_out", "No.")],
                Points.Start
            ),
        };
        new ConfigTroubles()
            .Of(view, _none)
            .Select(trouble => (trouble.Id, trouble.Sentence, trouble.Path))
            .ShouldBe([
                ("config/refused", "Revision 2 was refused, and revision 1 keeps running: Its map is too large.", "/history/2"),
                ($"config/route/{route.Id}", "Route chat is left out: Its regex is refused.", $"/routes/{route.Id}"),
                ("config/headerMaps/$a", "headerMaps/$a is left out: No.", "/history"),
            ]);
    }

    [Fact]
    public void Config_WhileARevisionIsRefused_NobodyKnowsWhatIsLeftOut()
    {
        HashSet<string> open = ["config/refused", "config/route/1", "config/headerMaps/$a", "disk"];
        var view = View(servers: []) with { Head = new(2, new()), Report = new(2, 1, "Its map is too large.", [], Points.Start) };
        new ConfigTroubles()
            .Of(view, open)
            .Select(trouble => (trouble.Id, trouble.IsUnsure))
            .ShouldBe([("config/refused", false), ("config/route/1", true), ("config/headerMaps/$a", true)]);
        new ConfigTroubles().Of(View(servers: []), open).ShouldBeEmpty();
    }

    [Fact]
    public void Config_RouteThatANewerHeadCallsOtherwise_StaysTheSameTrouble()
    {
        var view = View(servers: []) with
        {
            Head = new(2, new() { Routes = [Configs.Proxy("chat2")] }),
            Report = new(1, 1, null, [new("routes/chat/path", "left_out", "Its regex is refused.")], Points.Start),
        };
        new ConfigTroubles()
            .Of(view, new HashSet<string> { "config/route/1" })
            .Select(trouble => (trouble.Id, trouble.IsUnsure))
            .ShouldBe([("config/route/1", true)]);
    }

    [Theory]
    [InlineData(199, 100_000, true)]
    [InlineData(201, 1_000, false)]
    [InlineData(4_000, 100_000, true)]
    [InlineData(6_000, 100_000, false)]
    [InlineData(20_000, 1_000_000, false)]
    public async Task Disk_ByFreeMegabytes_IsNearlyFull(long free, long total, bool isFull)
    {
        const long mega = 1024 * 1024;
        var disk = new DiskTroubles(() => (free * mega, total * mega));
        await MeasuredAsync(disk);
        disk.Of(View(servers: []), _none).Any().ShouldBe(isFull);
    }

    [Fact]
    public async Task Disk_RoomThatIsNotKnown_IsNoTrouble()
    {
        var disk = new DiskTroubles(() => null);
        await MeasuredAsync(disk);
        disk.Of(View(servers: []), _none).ShouldBeEmpty();
    }

    [Fact]
    public async Task Disk_ThatHangs_HoldsUpNobodyAndWhatWasKnownStays()
    {
        using var answers = new ManualResetEventSlim(initialState: true);
        var asked = 0;
        var disk = new DiskTroubles(() =>
        {
            asked++;
            answers.Wait();
            return (0, 1);
        });
        await MeasuredAsync(disk);
        answers.Reset();
        foreach (var minutes in new[] { 1, 2, 3 })
            disk.Of(View(servers: []) with { At = Points.Start.AddMinutes(minutes) }, _none)
                .ShouldHaveSingleItem()
                .IsUnsure.ShouldBeFalse();
        await Eventually.TrueAsync(() => Task.FromResult(asked == 2), "it is measured once more");
        disk.Of(View(servers: []) with { At = Points.Start.AddMinutes(4) }, _none).ShouldHaveSingleItem();
        asked.ShouldBe(2);
        answers.Set();
    }

    // Until it is measured, one that was told is neither there nor over.
    private static Task MeasuredAsync(DiskTroubles disk) =>
        Eventually.TrueAsync(
            () => Task.FromResult(!disk.Of(View(servers: []), _some).Any(trouble => trouble.IsUnsure)),
            "the disk is measured"
        );

    private static List<Trouble> Find(IReadOnlySet<string> open, params ServerCondition[] conditions) =>
        [.. new UpstreamTroubles().Of(View(conditions), open)];

    private static ServerView Server(string address, ServerCondition condition) =>
        new(
            address,
            condition,
            0,
            condition == ServerCondition.Failing ? "It refused." : null,
            null,
            default,
            condition == ServerCondition.Failing ? Points.Start - TimeSpan.FromMinutes(1) : null
        );

    private static ConsoleView View(params ServerCondition[] conditions) =>
        View([.. conditions.Select((condition, index) => Server(_api.Servers[index].Address, condition))]);

    private static ConsoleView View(params ServerView[] servers) =>
        new(
            Points.Start,
            new ConfigRevision(1, new()),
            null,
            [],
            new(1, 1, null, [], Points.Start),
            TrafficView.Empty,
            UpstreamView.Empty with
            {
                Pools = new Dictionary<Guid, PoolView> { [_api.Id] = new(_api, [.. servers]) },
            },
            0
        );
}
