using Appliance.Data.Accounts;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Upstreams;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Tests.Accounts;

/// <summary>A token is worth what the database says in this moment. The person who made it has its text, and nothing else has.</summary>
public sealed class ApiTokenStoreTests : StoresUnderTest
{
    private const string Address = "192.0.2.9";
    private static readonly UpstreamPool _pool = new() { Name = "one", Servers = [new() { Address = "http://127.0.0.1:9" }] };

    private ApiTokenStore Tokens => new(Contexts, Time);

    [Fact]
    public async Task Create_TextIsShownOnceAndStoredNowhere()
    {
        var made = await CreateAsync("ci", TokenScopes.Write, TimeSpan.FromDays(90));
        made.Text.ShouldMatch("^apl_[A-Za-z0-9_-]{43}$");
        made.Token.Start.ShouldBe(made.Text[..8]);
        made.ToString().ShouldNotContain(made.Text[8..]);
        (await CreateAsync("other", TokenScopes.Read)).Text.ShouldNotBe(made.Text);
        (await Tokens.UseAsync(made.Text, Address, default)).ShouldNotBeNull();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        foreach (var file in Directory.EnumerateFiles(Folder.Path, "appliance.db*"))
            System.Text.Encoding.Latin1.GetString(await ReadSharedAsync(file)).ShouldNotContain(made.Text[8..]);
        (await AuditLinesAsync()).ShouldContain("boss token.create ci: ok");
        (await Audit.ListAsync(new(), 10, null, Boss, default)).ShouldContain(entry =>
            entry.After != null && entry.After.StartsWith("write, until ", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Use_OfAGoodToken_SaysWhoAndWritesItOnceAMinute()
    {
        var made = await CreateAsync("ci", TokenScopes.Read);
        var actor = (await Tokens.UseAsync(made.Text, Address, default)).ShouldNotBeNull();
        (actor.Name, actor.From, actor.IsFresh, actor.Session, actor.Token).ShouldBe(("ci (token)", Address, false, null, made.Token.Id));
        actor.Grant.ShouldBe(Grant.All with { Only = TokenScopes.Read });
        var first = (await Tokens.ListAsync(Boss, default)).Single();
        (first.LastUsedUtc, first.LastUsedFrom).ShouldBe((Time.GetUtcNow().UtcDateTime, Address));
        Time.Advance(TimeSpan.FromSeconds(59));
        await Tokens.UseAsync(made.Text, Address, default);
        (await Tokens.ListAsync(Boss, default)).Single().LastUsedUtc.ShouldBe(first.LastUsedUtc);
        Time.Advance(TimeSpan.FromSeconds(1));
        await Tokens.UseAsync(made.Text, Address, default);
        (await Tokens.ListAsync(Boss, default)).Single().LastUsedUtc.ShouldBe(Time.GetUtcNow().UtcDateTime);
    }

    [Fact]
    public async Task Use_OfTextThatIsNoToken_IsNobody()
    {
        var text = (await CreateAsync("ci", TokenScopes.Admin)).Text;
        foreach (
            var wrong in new[]
            {
                "",
                "apl_",
                text[4..],
                text[..^1],
                text + "A",
                text + " ",
                " " + text,
                text.ToUpperInvariant(),
                "apl_" + new string('A', 43),
                "apl_" + new string('%', 43),
                text[..^1] + (text[^1] == 'A' ? 'B' : 'A'),
            }
        )
            (await Tokens.UseAsync(wrong, Address, default)).ShouldBeNull(wrong);
    }

    [Theory]
    [InlineData("revoked")]
    [InlineData("expired")]
    [InlineData("owner disabled")]
    [InlineData("owner removed")]
    [InlineData("row of the owner gone")]
    [InlineData("owner demoted")]
    [InlineData("owner scoped")]
    [InlineData("scopes changed")]
    public async Task Commit_UnderWayWhenTheTokenLosesItsRight_StoresNothing(string what)
    {
        await AddAsync("boss");
        var (owner, session) = await SignedInAsync("ann");
        var made = await CreateAsync("ci", TokenScopes.Write, TimeSpan.FromHours(1), session);
        var actor = (await Tokens.UseAsync(made.Text, Address, default)).ShouldNotBeNull();
        using var store = new ConfigStore(Contexts, Time);
        var head = await store.ReadHeadAsync(default);
        var next = new ConfigValidator().Check(head.Config, head.Config with { UpstreamPools = [_pool] }).Valid;
        await LoseAsync(what, made, owner);
        if (next is not null)
            (await store.CommitAsync(next, head, new(actor, "", "api"), default)).ShouldBeOfType<CommitResult.NotAllowed>();
        (await store.ReadHeadAsync(default)).Number.ShouldBe(head.Number);
        next.ShouldNotBeNull();
        (await Tokens.UseAsync(made.Text, Address, default) is null).ShouldBe(
            what is not ("owner demoted" or "owner scoped" or "scopes changed")
        );
    }

    [Fact]
    public async Task Commit_WithAGoodToken_IsStoredUnderItsName()
    {
        var made = await CreateAsync("ci", TokenScopes.Write);
        var actor = (await Tokens.UseAsync(made.Text, Address, default)).ShouldNotBeNull();
        using var store = new ConfigStore(Contexts, Time);
        var head = await store.ReadHeadAsync(default);
        var next = new ConfigValidator().Check(head.Config, head.Config with { UpstreamPools = [_pool] }).Valid.ShouldNotBeNull();
        (await store.CommitAsync(next, head, new(actor, "", "api"), default)).ShouldBeOfType<CommitResult.Saved>();
        (await store.ListRevisionsAsync(1, default)).Single().Author.ShouldBe("ci (token)");
    }

    [Fact]
    public async Task Disabled_AndEnabledAgain_OnlyBlocksMeanwhile()
    {
        await AddAsync("boss");
        var (owner, session) = await SignedInAsync("ann");
        var text = (await CreateAsync("ci", TokenScopes.Read, null, session)).Text;
        await People.DisableAsync(owner.Id, true, Boss, default);
        (await Tokens.UseAsync(text, Address, default)).ShouldBeNull();
        await People.DisableAsync(owner.Id, false, Boss, default);
        (await Tokens.UseAsync(text, Address, default)).ShouldNotBeNull();
        await People.RemoveAsync(owner.Id, Boss, default);
        (await Tokens.ListAsync(Boss, default)).ShouldBeEmpty();
        (await AuditLinesAsync()).ShouldContain("boss token.revoke ci: ok");
    }

    [Fact]
    public async Task Token_MakesRevokesAndListsByItsScope()
    {
        var admin = (await Tokens.UseAsync((await CreateAsync("all", TokenScopes.Admin)).Text, Address, default)).ShouldNotBeNull();
        var writer = (await Tokens.UseAsync((await CreateAsync("ci", TokenScopes.Write)).Text, Address, default)).ShouldNotBeNull();
        (await Tokens.CreateAsync("more", TokenScopes.Admin, null, admin, default)).ShouldBeOfType<TokenResult.NotFresh>();
        (await Tokens.RevokeAsync("ci", admin, default)).ShouldBeOfType<TokenResult.NotFresh>();
        (await Tokens.CreateAsync("more", TokenScopes.Read, null, writer, default)).ShouldBeOfType<TokenResult.Refused>();
        (await Tokens.ListAsync(admin, default)).Count.ShouldBe(2);
        await Should.ThrowAsync<NotAllowedException>(() => Tokens.ListAsync(writer, default));
        await Should.ThrowAsync<NotAllowedException>(() => Audit.ListAsync(new(), 1, null, writer, default));
        var (ann, _) = await SignedInAsync("ann");
        (await People.DisableAsync(ann.Id, true, admin, default)).ShouldBeOfType<PeopleResult.NotFresh>();
        (await People.DisableAsync(ann.Id, true, writer, default)).ShouldBeOfType<PeopleResult.Refused>();
        (await Tokens.RevokeAsync("ALL", Boss, default)).ShouldBeOfType<TokenResult.Revoked>();
        await Should.ThrowAsync<NotAllowedException>(() => Tokens.ListAsync(admin, default));
    }

    [Theory]
    [InlineData("", TokenScopes.Read, 1, "A token's name has")]
    [InlineData("a b", TokenScopes.Read, 1, "A token's name has")]
    [InlineData("a\n", TokenScopes.Read, 1, "A token's name has")]
    [InlineData("../x", TokenScopes.Read, 1, "A token's name has")]
    [InlineData("a", TokenScopes.None, 1, "Say what the token is for")]
    [InlineData("a", TokenScopes.Read, 0, "A token expires after at most 3650 days")]
    [InlineData("a", TokenScopes.Read, 3651, "A token expires after at most 3650 days")]
    [InlineData("TAKEN", TokenScopes.Read, 1, "There is a token called taken already")]
    public async Task Create_WhatCannotBe_IsRefusedWithASentence(string name, TokenScopes scopes, int days, string sentence)
    {
        await CreateAsync("taken", TokenScopes.Read);
        (await Tokens.CreateAsync(name, scopes, TimeSpan.FromDays(days), Boss, default))
            .ShouldBeOfType<TokenResult.Refused>()
            .Reason.ShouldStartWith(sentence);
        (await Tokens.ListAsync(Boss, default)).Count.ShouldBe(1);
    }

    private async Task LoseAsync(string what, TokenResult.Created made, Account owner)
    {
        await using var db = Contexts.CreateDbContext();
        switch (what)
        {
            case "revoked":
                (await Tokens.RevokeAsync("ci", Boss, default)).ShouldBeOfType<TokenResult.Revoked>();
                break;
            case "expired":
                Time.Advance(TimeSpan.FromHours(1));
                break;
            case "owner disabled":
                (await People.DisableAsync(owner.Id, true, Boss, default)).ShouldBeOfType<PeopleResult.Done>();
                break;
            case "owner removed":
                (await People.RemoveAsync(owner.Id, Boss, default)).ShouldBeOfType<PeopleResult.Done>();
                break;
            case "row of the owner gone":
                await db.Accounts.Where(row => row.Id == owner.Id).ExecuteDeleteAsync();
                break;
            case "owner demoted":
                await People.ChangeRoleAsync(owner.Id, Role.Viewer, AccessScope.Everything, Boss, default);
                break;
            case "owner scoped":
                AccessScope.TryParse("tag:a", out var scope, out _).ShouldBeTrue();
                await People.ChangeRoleAsync(owner.Id, Role.Operator, scope!, Boss, default); // parsed
                break;
            default:
                await db.Tokens.Where(row => row.Id == made.Token.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.Scopes, "read"));
                break;
        }
    }

    private async Task<TokenResult.Created> CreateAsync(string name, TokenScopes scopes, TimeSpan? life = null, Actor? actor = null) =>
        (await Tokens.CreateAsync(name, scopes, life, actor ?? Boss, default)).ShouldBeOfType<TokenResult.Created>();

    private async Task<Account> AddAsync(string name) =>
        (await People.AddAsync(name, "hash", Role.Administrator, AccessScope.Everything, Boss, default))
            .ShouldBeOfType<PeopleResult.Done>()
            .Account;

    private async Task<(Account Account, Actor Actor)> SignedInAsync(string name)
    {
        var account = await AddAsync(name);
        var session = await Sessions.BeginAsync(account, new(Address, "agent"), default);
        return (account, new(name, Address, account.Grant, Session: session.Id));
    }

    private static async Task<byte[]> ReadSharedAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
