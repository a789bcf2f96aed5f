using Appliance.Data.Rights;

namespace Appliance.Data.Tests.Rights;

/// <summary>What a grant of a token includes: never more than the role, and only what the token is for.</summary>
public sealed class TokenGrantTests
{
    // Deeds: read, write, connections, admin; by the role of the owner and the scopes of the token.
    [Theory]
    [InlineData(Role.Administrator, "read", "read")]
    [InlineData(Role.Administrator, "write", "read write")]
    [InlineData(Role.Administrator, "connections", "read connections")]
    [InlineData(Role.Administrator, "read write connections", "read write connections")]
    [InlineData(Role.Administrator, "admin", "read write connections admin")]
    [InlineData(Role.Operator, "admin", "read write connections")]
    [InlineData(Role.Operator, "write", "read write")]
    [InlineData(Role.Viewer, "admin", "read")]
    [InlineData(Role.Viewer, "write", "read")]
    public void Deeds_ByRoleAndScopes_AreThoseOfBoth(Role role, string scopes, string allowed)
    {
        var grant = new Grant(role, AccessScope.Everything, TokenScopeWords.Stored(scopes));
        var deeds = new (string Word, Role Needed, TokenScopes Takes)[]
        {
            ("read", Role.Viewer, TokenScopes.Read),
            ("write", Role.Operator, TokenScopes.Write),
            ("connections", Role.Operator, TokenScopes.Connections),
            ("admin", Role.Administrator, TokenScopes.Admin),
        };
        string.Join(' ', deeds.Where(deed => grant.Includes(deed.Needed, deed.Takes)).Select(deed => deed.Word)).ShouldBe(allowed);
        foreach (var deed in deeds)
            (grant.Refusal(deed.Needed, "It", deed.Takes) is null).ShouldBe(grant.Includes(deed.Needed, deed.Takes));
    }

    [Fact]
    public void Grant_OfNoToken_IsTheRoleAlone()
    {
        var grant = new Grant(Role.Operator, AccessScope.Everything);
        (
            grant.Includes(Role.Operator),
            grant.Includes(Role.Operator, TokenScopes.Connections),
            grant.Includes(Role.Administrator)
        ).ShouldBe((true, true, false));
    }

    [Fact]
    public void Scope_LeftFromAnEarlierRole_IsNoLimitOfAnAdministratorsToken()
    {
        AccessScope.TryParse("host:a.example.com", out var scope, out _).ShouldBeTrue();
        new Grant(Role.Administrator, scope!, TokenScopes.Write).Reach.IsEverything.ShouldBeTrue(); // parsed
        new Grant(Role.Operator, scope!, TokenScopes.Admin).Reach.ShouldBe(scope); // parsed
    }

    [Theory]
    [InlineData("read", "read", null)]
    [InlineData("connections,write", "write connections", null)]
    [InlineData(" admin ", "admin", null)]
    [InlineData("", "", "Say what the token is for")]
    [InlineData(", ", "", "Say what the token is for")]
    [InlineData("Write", "", "\"Write\" is not a scope")]
    [InlineData("read none", "", "\"none\" is not a scope")]
    public void Words_AreReadStrictly(string text, string words, string? fault)
    {
        TokenScopeWords.TryParse(text, out var scopes, out var said).ShouldBe(fault is null);
        if (fault is null)
            TokenScopeWords.Of(scopes).ShouldBe(words);
        else
            said.ShouldNotBeNull().ShouldStartWith(fault);
    }
}
