using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.Hosting;
using Appliance.Web.Logs;
using Appliance.Web.Tests.Control;
using Appliance.Web.Tests.Logs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Hosting;

/// <summary>What the log shows, changed while it runs.</summary>
public sealed class LogSwitchTests
{
    private readonly FakeTimeProvider _time = TestTime.New();

    [Fact]
    public void Area_HasALevelOfItsOwn_UntilItsTimeIsOver()
    {
        using var log = new LogSwitch(LogLevel.Information, isJson: false, _time);
        using var sink = new LogSink(TextWriter.Null);
        using var logs = ConsoleLogs.Create(log, sink);
        var forwarding = logs.CreateLogger("Appliance.Proxy.Forwarding.ProxyPipeline");
        var snapshots = logs.CreateLogger("Appliance.Proxy.Snapshots.RevisionWatcher");
        forwarding.IsEnabled(LogLevel.Debug).ShouldBeFalse();

        log.Choose("servers", LogLevel.Debug, TimeSpan.FromMinutes(10), "ann");
        forwarding.IsEnabled(LogLevel.Debug).ShouldBeTrue();
        snapshots.IsEnabled(LogLevel.Debug).ShouldBeFalse();
        log.State.Chosen["servers"].Until.ShouldBe(_time.GetUtcNow() + TimeSpan.FromMinutes(10));

        _time.Advance(TimeSpan.FromMinutes(10));
        log.State.Chosen.ShouldBeEmpty();
        forwarding.IsEnabled(LogLevel.Debug).ShouldBeFalse();
    }

    [Fact]
    public void Everything_GoesBelowAnArea_AndResetTakesAllBack()
    {
        using var log = new LogSwitch(LogLevel.Information, isJson: false, _time);
        using var sink = new LogSink(TextWriter.Null);
        using var logs = ConsoleLogs.Create(log, sink);
        var signIn = logs.CreateLogger("Appliance.Web.SignIn.GuessLimiter");
        var console = logs.CreateLogger("Appliance.Web.Live.ConsoleFeed");

        log.Choose(LogArea.Everything, LogLevel.Error, null, "ann");
        log.Choose("sign-in", LogLevel.Trace, null, "bob");
        console.IsEnabled(LogLevel.Warning).ShouldBeFalse();
        signIn.IsEnabled(LogLevel.Trace).ShouldBeTrue();
        _time.Advance(TimeSpan.FromDays(30));
        signIn.IsEnabled(LogLevel.Trace).ShouldBeTrue();

        log.Reset("sign-in");
        signIn.IsEnabled(LogLevel.Warning).ShouldBeFalse();
        log.Reset(null);
        console.IsEnabled(LogLevel.Information).ShouldBeTrue();
    }

    [Fact]
    public void TwoTimes_EndEachAtItsOwn()
    {
        using var log = new LogSwitch(LogLevel.Information, isJson: false, _time);
        log.Choose("proxy", LogLevel.Debug, TimeSpan.FromMinutes(5), "ann");
        log.Choose("console", LogLevel.Debug, TimeSpan.FromMinutes(2), "ann");
        _time.Advance(TimeSpan.FromMinutes(2));
        log.State.Chosen.Keys.ShouldBe(["proxy"]);
        _time.Advance(TimeSpan.FromMinutes(3));
        log.State.Chosen.ShouldBeEmpty();
    }

    [Fact]
    public void Level_WhoseTimeIsOver_IsSaidOnce()
    {
        var lines = new KeptLog<LogSwitch>();
        using var log = new LogSwitch(LogLevel.Information, isJson: false, _time);
        log.TellIn(lines);
        log.Choose("proxy", LogLevel.Debug, TimeSpan.FromMinutes(5), "ann");
        log.Choose("console", LogLevel.Debug, TimeSpan.FromMinutes(5), "ann");
        log.Reset("console");
        lines.Lines.ShouldBeEmpty();
        _time.Advance(TimeSpan.FromHours(3));
        lines.Lines.ShouldBe([
            (LogLevel.Information, "The time of log level debug of proxy, chosen by ann, is over: it is information again."),
        ]);
    }

    // A command may name any file. Who then changes the format in the console does not name another one.
    [Fact]
    public async Task Console_PlaceThatACommandChose_StaysAsItIs()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        var control = console.Services.GetRequiredService<LogControl>();
        var administrator = new Actor("ann", "", Grant.All, Session: "session");
        var elsewhere = Directory.CreateTempSubdirectory("appliance-elsewhere-").FullName;
        var place = $"stdout,{elsewhere}/x.log";
        (await control.ChangeAccessAsync(Actor.Local("bob"), new(place, "combined"), CancellationToken.None)).ShouldBeNull();
        (await control.ChangeAccessAsync(administrator, new(place, "json"), CancellationToken.None)).ShouldBeNull();
        control.Access.ShouldBe(new(place, "json"));
        (await control.ChangeAccessAsync(administrator, new($"{elsewhere}/x.log", "json"), CancellationToken.None)).ShouldBeNull();
        (await control.ChangeAccessAsync(administrator, new($"{elsewhere}/y.log", "json"), CancellationToken.None)).ShouldNotBeNull();
        (await control.ChangeAccessAsync(administrator, new("off", "json"), CancellationToken.None)).ShouldBeNull();
        (await control.ChangeAccessAsync(administrator, new($"{elsewhere}/x.log", "json"), CancellationToken.None)).ShouldNotBeNull();
        Directory.Delete(elsewhere, recursive: true);
    }

    [Theory]
    [InlineData("ELSEWHERE/no/x.log", "its folder is not there")]
    [InlineData("ELSEWHERE", "it is a folder")]
    public async Task AccessLog_PlaceThatCannotBeWritten_IsNamedOnce(string file, string why)
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        var control = console.Services.GetRequiredService<LogControl>();
        var elsewhere = Directory.CreateTempSubdirectory("appliance-elsewhere-").FullName;
        var place = file.Replace("ELSEWHERE", elsewhere);
        var fault = await control.ChangeAccessAsync(Actor.Local("bob"), new(place, "combined"), CancellationToken.None);
        fault.ShouldBe((AccessLogField.Place, $"{place} cannot be written: {why}."));
        Directory.Delete(elsewhere, recursive: true);
    }

    // Who may use the console may not write to any file of this user.
    [Theory]
    [InlineData("/tmp/elsewhere.log")]
    [InlineData("../escape.log")]
    [InlineData("sub/inside.log")]
    [InlineData(".hidden.log")]
    [InlineData("authorized_keys")]
    [InlineData("DATA/appliance.db")]
    [InlineData("DATA/logs/../appliance.db.log")]
    public async Task Console_NamesAFile_ItIsInOneFolderAlone(string place)
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        var control = console.Services.GetRequiredService<LogControl>();
        var administrator = new Actor("ann", "", Grant.All, Session: "session");
        var (field, sentence) = (
            await control.ChangeAccessAsync(administrator, new(place.Replace("DATA", console.Folder), "$uri"), CancellationToken.None)
        ).ShouldNotBeNull();
        field.ShouldBe(AccessLogField.Place);
        sentence.ShouldContain("a name that ends with .log");
        control.Access.Place.ShouldBe("off");
        var audit = console.Services.GetRequiredService<AuditStore>();
        var entries = await audit.ListAsync(new() { Action = "log.change" }, 10, null, Actor.Local("ann"), CancellationToken.None);
        entries.ShouldHaveSingleItem().Result.ShouldStartWith("failed: ");

        (await control.ChangeAccessAsync(administrator, new("mine.log", "$uri"), CancellationToken.None)).ShouldBeNull();
        control.Access.Place.ShouldBe(Path.Combine(console.Folder, "logs", "mine.log"));
        (await control.ChangeAccessAsync(administrator, new("off", "$uri"), CancellationToken.None)).ShouldBeNull();
    }

    // Whatever area is opened up: secrets of sign-in stay out.
    [Fact]
    public void Frameworks_AtTrace_DoNotTellQueries()
    {
        using var log = new LogSwitch(LogLevel.Information, isJson: false, _time);
        using var sink = new LogSink(TextWriter.Null);
        using var logs = ConsoleLogs.Create(log, sink);
        log.Choose("frameworks", LogLevel.Trace, null, "ann");
        logs.CreateLogger("Microsoft.AspNetCore.Server.Kestrel").IsEnabled(LogLevel.Trace).ShouldBeTrue();
        logs.CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics").IsEnabled(LogLevel.Information).ShouldBeFalse();
        logs.CreateLogger("Microsoft.AspNetCore.Authentication.OpenIdConnect.OpenIdConnectHandler")
            .IsEnabled(LogLevel.Critical)
            .ShouldBeFalse();
    }

    [Fact]
    public async Task Format_Changes_BetweenTwoLines()
    {
        await using var output = new StringWriter();
        using (var log = new LogSwitch(LogLevel.Information, isJson: false, _time))
        using (var sink = new LogSink(output))
        using (var logs = ConsoleLogs.Create(log, sink))
        {
            var writer = logs.CreateLogger("Appliance.Web.Some");
            writer.Log(LogLevel.Warning, default, "one", null, (text, _) => text);
            log.Format(isJson: true);
            writer.Log(LogLevel.Warning, default, "two", null, (text, _) => text);
        }

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldEndWith("warn: Appliance.Web.Some[0] one");
        lines[1].ShouldStartWith("{");
    }

    [Fact]
    public void Areas_AreOfLoggersThatAreThere()
    {
        var prefixes = LogArea.All.SelectMany(area => area.Categories).Where(category => category.StartsWith("Appliance.")).ToList();
        var types = new[] { typeof(Proxy.ProxyHost), typeof(Data.DataFolder), typeof(LogArea) }
            .SelectMany(type => type.Assembly.GetTypes())
            .ToList();
        prefixes.ShouldAllBe(prefix => types.Any(type => type.FullName!.StartsWith(prefix + ".")));
    }
}
