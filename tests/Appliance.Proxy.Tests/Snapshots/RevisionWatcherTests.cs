using System.Net;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Snapshots;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Testing;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Snapshots;

/// <summary>A store that is away: while the proxy runs, and when it starts.</summary>
public sealed class RevisionWatcherTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-watcher-").FullName;
    private readonly LinesLog _log = new(LogLevel.Information);

    private string Copy => Path.Combine(_folder, "last-good.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Watch_StoreGoesAway_WhatRunsGoesOn_AndTheNextRevisionIsTakenWhenItIsBack()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Says("old"), null, _log);
        proxy.Revisions.Away = new IOException("the disk is gone");

        proxy.Revisions.Save(Says("new"));
        await SaidAsync("The store cannot be read; the running config stays.");
        (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldBe("old");
        (proxy.Host.Report.WantedRevision, proxy.Host.Report.RunningRevision, proxy.Host.Report.Refusal).ShouldBe((1, 1, null));

        proxy.Revisions.Away = null;
        proxy.Revisions.Wake();
        (await proxy.Host.WaitForAsync(2, TimeSpan.FromSeconds(30), CancellationToken.None)).RunningRevision.ShouldBe(2);
        (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldBe("new");
        _log.Lines.Count(line => line.StartsWith("The store c")).ShouldBe(2, "once that it is away, once that it is back");
    }

    [Fact]
    public async Task Start_StoreIsAway_LastGoodServes_AndIsNotWrittenAgain()
    {
        await using (await ProxyUnderTest.StartAsync(Says("kept"), new() { LastGoodFile = Copy })) { }
        var written = File.GetLastWriteTimeUtc(Copy);
        var away = new MemoryRevisions { Away = new IOException("no database") };

        await using var proxy = NewProxy(away);
        await proxy.StartAsync(CancellationToken.None);

        (await RawHttp.GetAsync(proxy.HttpEndPoint.Port, "/")).Body.ShouldBe("kept");
        proxy.Report.RunningRevision.ShouldBe(1);
        File.GetLastWriteTimeUtc(Copy).ShouldBe(written);
        _log.Lines.ShouldContain("The store cannot be read; starting with the last config that worked, revision 1.");

        away.Save(Says("first"));
        away.Save(Says("stored"));
        away.Away = null;
        (await proxy.WaitForAsync(2, TimeSpan.FromSeconds(30), CancellationToken.None)).RunningRevision.ShouldBe(2);
        (await RawHttp.GetAsync(proxy.HttpEndPoint.Port, "/")).Body.ShouldBe("stored");
        _log.Lines.ShouldContain("The store can be read again.");
        await Eventually.TrueAsync(
            async () => await new LastGoodFile(Copy).ReadAsync(CancellationToken.None) is { Number: 2 },
            "the copy is of the revision that runs"
        );
        await proxy.StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{ half of a doc")]
    public async Task Start_StoreIsAwayAndNothingIsKept_Throws(string? kept)
    {
        if (kept is not null)
            await File.WriteAllTextAsync(Copy, kept);
        await using var proxy = NewProxy(new() { Away = new IOException("no database") });

        (await Should.ThrowAsync<IOException>(() => proxy.StartAsync(CancellationToken.None))).Message.ShouldBe("no database");
    }

    [Fact]
    public async Task Apply_Throws_IsRefusedFromThenOn()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Says("old"), null, _log);
        var before = proxy.Host.Report;
        proxy.Revisions.Save(new() { Routes = [null!] }); // no doc makes this: it stands for a bug
        var after = await proxy.Host.WaitForAsync(2, TimeSpan.FromSeconds(30), CancellationToken.None);
        after.Refusal.ShouldNotBeNull().ShouldStartWith("Compiling failed: ");
        after.At.ShouldBeGreaterThan(before.At);
    }

    [Fact]
    public async Task Apply_CopyCannotBeWritten_IsLive_SaysSo_AndCopiesLater()
    {
        // In the place of the file that is written before it takes the name of the copy.
        var inTheWay = Directory.CreateDirectory(Copy + ".new").FullName;
        await using var proxy = await ProxyUnderTest.StartAsync(Says("live"), new() { LastGoodFile = Copy }, _log);

        (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldBe("live");
        proxy.Host.CopyProblem.ShouldNotBeNull().ShouldStartWith("The copy of revision 1 beside the database (last-good.json)");
        File.Exists(Copy).ShouldBeFalse();

        Directory.Delete(inTheWay);
        proxy.Revisions.Wake();
        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.CopyProblem is null), "it was tried again");
        (await new LastGoodFile(Copy).ReadAsync(CancellationToken.None))!.Number.ShouldBe(1); // it was written
    }

    [Fact]
    public async Task Report_CannotBeStored_RevisionIsLiveAllTheSame()
    {
        var revisions = new MemoryRevisions();
        revisions.Save(Says("live"));
        await using var proxy = new ProxyHost(
            new() { Bind = IPAddress.Loopback, HttpPort = 0 },
            revisions,
            new BrokenSink(),
            _log,
            TimeProvider.System
        );
        await proxy.StartAsync(CancellationToken.None);

        (await RawHttp.GetAsync(proxy.HttpEndPoint.Port, "/")).Body.ShouldBe("live");
        _log.Lines.ShouldContain("The report about revision 1 could not be written.");
        await proxy.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Start_ReportTakesLong_RequestsAreAnsweredMeanwhile()
    {
        var revisions = new MemoryRevisions();
        revisions.Save(Says("live"));
        var sink = new SlowSink();
        var port = FreePorts.Next();
        await using var proxy = new ProxyHost(
            new() { Bind = IPAddress.Loopback, HttpPort = port },
            revisions,
            sink,
            _log,
            TimeProvider.System
        );
        var start = proxy.StartAsync(CancellationToken.None);
        await sink.IsAsked.Task.WaitAsync(TimeSpan.FromSeconds(30));

        (await RawHttp.GetAsync(port, "/")).Body.ShouldBe("live");
        start.IsCompleted.ShouldBeFalse();
        sink.MayAnswer.SetResult();
        await start;
        await proxy.StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("{ \"revision\": 12, \"routes\": []", 12L)]
    [InlineData("{\n  \"revision\": 9223372036854775807,\n  \"routes\": [", long.MaxValue)]
    [InlineData("{ \"revision\": null, \"routes\": []", null)]
    [InlineData("{ \"routes\": [], \"revision\": 12 }", null)]
    [InlineData("{ half of a doc", null)]
    [InlineData("", null)]
    public async Task LastGood_Number_IsReadFromItsBeginning(string text, long? expected)
    {
        await File.WriteAllTextAsync(Copy, text);
        (await new LastGoodFile(Copy).ReadNumberAsync(CancellationToken.None)).ShouldBe(expected);
    }

    [Fact]
    public async Task LastGood_Number_IsThatOfWhatWasWritten()
    {
        var file = new LastGoodFile(Copy);
        (await file.ReadNumberAsync(CancellationToken.None)).ShouldBe(0);
        await file.WriteAsync(new(1234567, Says("kept")), CancellationToken.None);
        (await file.ReadNumberAsync(CancellationToken.None)).ShouldBe(1234567);
    }

    private ProxyHost NewProxy(MemoryRevisions revisions) =>
        new(
            new()
            {
                Bind = IPAddress.Loopback,
                HttpPort = 0,
                LastGoodFile = Copy,
            },
            revisions,
            revisions,
            _log,
            TimeProvider.System
        );

    private Task SaidAsync(string line) => Eventually.TrueAsync(() => Task.FromResult(_log.Lines.Contains(line)), line);

    private static ProxyConfig Says(string body) =>
        new()
        {
            Routes =
            [
                new()
                {
                    Name = "all",
                    Path = "/",
                    Action = new RouteAction.Respond { Status = 200, Body = body },
                },
            ],
        };

    /// <summary>A store that takes reports when it may.</summary>
    private sealed class SlowSink : INodeReportSink
    {
        public TaskCompletionSource IsAsked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource MayAnswer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask ReportAsync(NodeReport report, CancellationToken cancellationToken)
        {
            IsAsked.SetResult();
            await MayAnswer.Task.WaitAsync(cancellationToken);
        }
    }

    private sealed class BrokenSink : INodeReportSink
    {
        public ValueTask ReportAsync(NodeReport report, CancellationToken cancellationToken) => throw new IOException("read only");
    }
}
