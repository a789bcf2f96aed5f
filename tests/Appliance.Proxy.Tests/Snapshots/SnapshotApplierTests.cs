using Appliance.Proxy.Routing;
using Appliance.Proxy.Snapshots;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Testing;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Snapshots;

/// <summary>What becomes of a revision on its way live, seen through a whole proxy.</summary>
public sealed class SnapshotApplierTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-snapshots-").FullName;
    private readonly LinesLog _log = new(LogLevel.Information);

    private string Copy => Path.Combine(_folder, "last-good.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // YARP refuses two clusters of one identity; the rules of documents do so long before.
    [Fact]
    public async Task Apply_YarpRefuses_TheOldOneGoesOnAndTheReportSaysWhy()
    {
        await using var backend = new RecordingBackend();
        var good = Configs.All(backend.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(good, new() { LastGoodFile = Copy }, _log);
        var twin = good.UpstreamPools[0] with { Name = "twin" };

        var report = await proxy.ApplyAsync(new() { Routes = [Text("all", "new")], UpstreamPools = [good.UpstreamPools[0], twin] });

        (report.WantedRevision, report.RunningRevision).ShouldBe((2, 1));
        report.Refusal.ShouldNotBeNull().ShouldStartWith("The proxy engine refused it: ");
        proxy.Host.Report.ShouldBe(report);
        lock (proxy.Revisions.Reports)
            proxy.Revisions.Reports[^1].ShouldBe(report);
        _log.Lines.ShouldContain(line => line.StartsWith("Revision 2 was refused, revision 1 keeps running: "));
        (await RawHttp.GetAsync(proxy.Port, "/still")).Status.ShouldBe(200);
        backend.Requests.ShouldHaveSingleItem().Target.ShouldBe("/still");
        (await new LastGoodFile(Copy).ReadAsync(CancellationToken.None))!.Number.ShouldBe(1, "what did not run is no good copy");

        (await proxy.ApplyAsync(good with { Routes = [Text("all", "new")] })).ShouldSatisfyAllConditions(
            next => next.RunningRevision.ShouldBe(3),
            next => next.Refusal.ShouldBeNull()
        );
        (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldBe("new");
    }

    [Fact]
    public async Task Apply_CompilerFails_TheOldOneGoesOnAndTheReportSaysWhy()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new() { Routes = [Text("all", "old")] }, null, _log);

        var report = await proxy.ApplyAsync(new() { Routes = [Text("all", "new"), null!] });

        (report.WantedRevision, report.RunningRevision).ShouldBe((2, 1));
        report.Refusal.ShouldNotBeNull().ShouldStartWith("Compiling failed: ");
        (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldBe("old");
    }

    private static Route Text(string name, string body) =>
        new()
        {
            Name = name,
            Path = "/",
            Action = new RouteAction.Respond { Status = 200, Body = body },
        };
}
