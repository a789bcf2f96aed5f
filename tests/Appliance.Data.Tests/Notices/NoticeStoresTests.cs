using System.Text;
using Appliance.Data.Notices;
using Appliance.Data.Rights;
using Microsoft.Data.Sqlite;

namespace Appliance.Data.Tests.Notices;

public sealed class NoticeStoresTests : StoresUnderTest
{
    private static readonly byte[] _key = new byte[32];

    private NoticeStores Stores => new(Contexts, _key, Time);

    [Fact]
    public async Task Channel_AddedChangedDeleted_HasItsLinesWithoutSecrets()
    {
        var channels = Stores.Channels;
        var added = await channels.AddAsync(Slack("team"), new() { Url = "https://hooks.example.com/very-secret" }, Boss, default);
        var id = added.ShouldBeOfType<ChannelResult.Done>().Id;
        var stored = (await channels.ListAsync(default)).ShouldHaveSingleItem();
        stored.Secrets.ShouldNotBeNull().Url.ShouldBe("https://hooks.example.com/very-secret");
        stored.Settings.Name.ShouldBe("team");

        await channels.ChangeAsync(id, stored.Version, Slack("team") with { IsOn = false }, secrets => secrets!, Boss, default); // it has some
        (await channels.FindAsync(id, default)).ShouldNotBeNull().Settings.IsOn.ShouldBeFalse();
        await channels.NoteTestAsync(Slack("team"), Boss, default);
        await channels.DeleteAsync(id, "team", Boss, default);
        (await channels.ListAsync(default)).ShouldBeEmpty();
        (await AuditLinesAsync()).ShouldBe([
            "boss notice_channel.add team: ok",
            "boss notice_channel.change team: ok",
            "boss notice_channel.test team: ok",
            "boss notice_channel.delete team: ok",
        ]);
        (await Audit.ListAsync(new(), 100, null, Boss, default)).ShouldAllBe(entry =>
            !$"{entry.Before}{entry.After}".Contains("very-secret", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Secrets_InTheFile_AreSealed()
    {
        await Stores.Channels.AddAsync(Slack("team"), new() { Url = "https://hooks.example.com/very-secret" }, Boss, default);
        SqliteConnection.ClearAllPools();
        foreach (var file in Directory.EnumerateFiles(Folder.Path, "appliance.db*"))
            Encoding.Latin1.GetString(await ReadAsync(file)).ShouldNotContain("very-secret");
    }

    [Fact]
    public async Task Secrets_OfAnotherMasterKeyOrRow_AreNotOpened()
    {
        await Stores.Channels.AddAsync(Slack("a"), new() { Url = "https://a.example" }, Boss, default);
        var other = new NoticeStores(Contexts, [.. _key.Select(_ => (byte)1)], Time).Channels;
        (await other.ListAsync(default)).ShouldHaveSingleItem().Secrets.ShouldBeNull();

        await Stores.Channels.AddAsync(Slack("b"), new() { Url = "https://b.example" }, Boss, default);
        await using var db = Contexts.CreateDbContext();
        var (a, b) = (
            db.NoticeChannels.Single(row => row.NormalizedName == "A"),
            db.NoticeChannels.Single(row => row.NormalizedName == "B")
        );
        b.SealedSecrets = a.SealedSecrets;
        await db.SaveChangesAsync();
        (await Stores.Channels.ListAsync(default)).Single(channel => channel.Settings.Name == "b").Secrets.ShouldBeNull();
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Operator)]
    public async Task Channel_ByAnyoneButAdministrators_IsRefusedWithALine(Role role)
    {
        var actor = new Actor("eve", "192.0.2.1", new(role, AccessScope.Everything));
        var channels = Stores.Channels;
        await Should.ThrowAsync<NotAllowedException>(() => channels.AddAsync(Slack("a"), ChannelSecrets.None, actor, default));
        await Should.ThrowAsync<NotAllowedException>(() => channels.NoteTestAsync(Slack("a"), actor, default));
        await Should.ThrowAsync<NotAllowedException>(() => channels.DeleteAsync(Guid.NewGuid(), "a", actor, default));
        (await channels.ListAsync(default)).ShouldBeEmpty();
        (await AuditLinesAsync()).Length.ShouldBe(3);
        (await AuditLinesAsync()).ShouldAllBe(line => line.Contains("not_allowed: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Channel_NameTakenOrStale_IsRefused()
    {
        var channels = Stores.Channels;
        await channels.AddAsync(Slack("Team"), ChannelSecrets.None, Boss, default);
        (await channels.AddAsync(Slack("team"), ChannelSecrets.None, Boss, default))
            .ShouldBeOfType<ChannelResult.Refused>()
            .Field.ShouldBe("name");
        var stored = (await channels.ListAsync(default)).Single();
        await channels.ChangeAsync(stored.Id, stored.Version, Slack("Team"), _ => ChannelSecrets.None, Boss, default);
        (await channels.ChangeAsync(stored.Id, stored.Version, Slack("Team"), _ => ChannelSecrets.None, Boss, default))
            .ShouldBeOfType<ChannelResult.Refused>()
            .Reason.ShouldStartWith("boss changed it meanwhile");
    }

    [Fact]
    public async Task Notices_AreStoredChangedAndCut()
    {
        var store = Stores.Told;
        var old = Row(-40) with { OverUtc = Time.GetUtcNow().UtcDateTime.AddDays(-31) };
        var open = Row(-50);
        await store.SaveAsync([old, open, Row(-10)], Time.GetUtcNow(), default);
        (await store.ListAsync(default)).Select(row => row.Id).ShouldBe([(await store.ListAsync(default))[0].Id, open.Id]);
        await store.SaveAsync([open with { OverUtc = Time.GetUtcNow().UtcDateTime, Times = 3 }], Time.GetUtcNow(), default);
        var changed = (await store.ListAsync(default)).Single(row => row.Id == open.Id);
        (changed.IsOpen, changed.Times, changed.SinceUtc).ShouldBe((false, 3, open.SinceUtc));

        await store.SaveAsync([.. Enumerable.Range(0, 1_005).Select(_ => Row(0))], Time.GetUtcNow(), default);
        (await store.ListAsync(default)).Count.ShouldBeLessThanOrEqualTo(NoticeStore.MostKept);
    }

    [Fact]
    public async Task Notices_ClockThatIsAhead_RemovesNone()
    {
        var store = Stores.Told;
        var over = Row(-3) with { OverUtc = Time.GetUtcNow().UtcDateTime.AddDays(-2) };
        await store.SaveAsync([over], Time.GetUtcNow(), default);
        var ahead = Time.GetUtcNow().AddDays(1_000);
        await store.SaveAsync([Row(1_000)], ahead, default);
        await store.SaveAsync([Row(1_000)], ahead, default);
        (await store.ListAsync(default)).Count.ShouldBe(3);
        var ours = Row(1_000) with { OverUtc = ahead.UtcDateTime };
        ours.NotAfter(Time.GetUtcNow().UtcDateTime).OverUtc.ShouldBe(Time.GetUtcNow().UtcDateTime);
        over.NotAfter(Time.GetUtcNow().UtcDateTime).ShouldBeSameAs(over);
    }

    [Fact]
    public async Task Seen_GoesWithTheAccount()
    {
        var store = Stores.Told;
        await People.AddAsync("bea", "hash", Role.Administrator, AccessScope.Everything, Boss, default);
        await People.AddAsync("carl", "hash", Role.Viewer, AccessScope.Everything, Boss, default);
        long carl;
        await using (var db = Contexts.CreateDbContext())
            carl = db.Accounts.Single(account => account.Name == "carl").Id;
        await store.SaveSeenAsync(carl, Time.GetUtcNow(), default);
        await store.SaveSeenAsync(carl, Time.GetUtcNow().AddHours(1), default);
        await store.SaveSeenAsync(4711, Time.GetUtcNow(), default);
        (await store.SeenAsync(default)).ShouldHaveSingleItem().Value.ShouldBe(Time.GetUtcNow().AddHours(1).UtcDateTime);
        await People.RemoveAsync(carl, Boss, default);
        (await store.SeenAsync(default)).ShouldBeEmpty();
    }

    private static ChannelSettings Slack(string name) => new() { Name = name, Kind = ChannelKind.Slack };

    private int _number;

    private NoticeRow Row(int days) =>
        new()
        {
            Id = Guid.NewGuid(),
            Trouble = "disk",
            Kind = "disk",
            Sentence = "The disk is nearly full.",
            Path = "/about",
            SinceUtc = Time.GetUtcNow().UtcDateTime.AddDays(days),
            LastSinceUtc = Time.GetUtcNow().UtcDateTime.AddDays(days),
            ToldUtc = Time.GetUtcNow().UtcDateTime.AddDays(days).AddMilliseconds(_number++),
        };

    private static async Task<byte[]> ReadAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
