using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Web.Hosting;
using Appliance.Web.Logs;
using Appliance.Web.Tests.Live;
using Microsoft.Extensions.Logging;

namespace Appliance.Web.Tests.Logs;

/// <summary>The one door to the log, and what it leaves in the audit.</summary>
public sealed class LogControlTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-log-").FullName;
    private readonly LogSwitch _switch = new(LogLevel.Information, isJson: false, TimeProvider.System);
    private readonly KeptLog<LogControl> _lines = new();
    private readonly Access _access = new();
    private Node _node = null!; // InitializeAsync runs before each test
    private SickDatabase _database = null!;
    private AuditStore _audit = null!;
    private LogControl _control = null!;

    public async Task InitializeAsync()
    {
        _node = await Node.OpenAsync(new() { Data = _folder }, CancellationToken.None);
        _database = new(_node.Folder.Database);
        _audit = new(_database, TimeProvider.System);
        _control = new(_switch, _access, _audit, _lines);
    }

    public Task DisposeAsync()
    {
        _switch.Dispose();
        _node.Dispose();
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task DatabaseAway_ChangeIsMade_AndStandsInTheLog()
    {
        _database.Away = true;
        await _control.ChooseAsync(Actor.Local("ann"), "proxy", LogLevel.Debug, TimeSpan.FromMinutes(10), CancellationToken.None);
        _switch.State.Chosen.ShouldContainKey("proxy");
        _lines
            .Lines.ShouldHaveSingleItem()
            .Line.ShouldBe(
                "Not in the audit yet, because the database cannot be written: ann, log.change, the log level of proxy, debug for 10 min: "
                    + "ok"
            );
        _control.WaitingWords.ShouldContain("in the audit as soon as the database can be written again");

        _database.Recover();
        await _audit.StoreWaitingAsync(CancellationToken.None);
        _control.WaitingWords.ShouldBe("");
        (await EntriesAsync()).ShouldHaveSingleItem().Result.ShouldStartWith("ok: written late");
    }

    [Fact]
    public async Task Format_ThatItHasAlready_IsNoChange()
    {
        await _control.FormatAsync(Actor.Local("ann"), isJson: false, CancellationToken.None);
        (await EntriesAsync()).ShouldBeEmpty();
        await _control.FormatAsync(Actor.Local("ann"), isJson: true, CancellationToken.None);
        (await EntriesAsync()).ShouldHaveSingleItem().After.ShouldBe("json");
    }

    private Task<IReadOnlyList<AuditEntry>> EntriesAsync() =>
        _audit.ListAsync(new() { Action = "log.change" }, 10, null, Actor.Local("ann"), CancellationToken.None);

    private sealed class Access : IAccessLogSwitch
    {
        public AccessLogChoice Setting { get; } = new("off", "combined");

        public AccessLogChoice Now => Setting;

        public string Folder => "/nowhere";

        public (AccessLogField Field, string Sentence)? Change(AccessLogChoice choice, bool isLocal) => null;
    }
}
