using System.Text.Json;
using Appliance.Web.SignIn.Oidc;

namespace Appliance.Web.Tests.SignIn.Oidc;

public sealed class RoleRulesTests
{
    private const string Staff =
        "groups:admins=Administrator; groups:ops=Operator; groups:team-a=Operator(host:*.a.example.com); email:*@example.com=Viewer";

    [Theory]
    [InlineData(Staff, """{ "groups": ["admins", "ops"] }""", 1)]
    [InlineData(Staff, """{ "groups": ["staff", "ops"] }""", 2)]
    [InlineData(Staff, """{ "groups": "ops" }""", 2)]
    [InlineData(Staff, """{ "groups": ["team-a"], "email": "ann@example.com" }""", 3)]
    [InlineData(Staff, """{ "email": "Ann@Example.com" }""", 4)]
    [InlineData(Staff, """{ "email": "ann@example.com", "email_verified": true }""", 4)]
    [InlineData(Staff, """{ "email": "ann@example.com", "email_verified": "true" }""", 4)]
    [InlineData(Staff, """{ "email": "ann@example.com", "email_verified": false }""", null)]
    [InlineData(Staff, """{ "email": "ann@example.com", "email_verified": "false" }""", null)]
    [InlineData(Staff, """{ "email": "ann@example.com.evil.example" }""", null)]
    [InlineData(Staff, """{ "email": "@example.com" }""", null)]
    [InlineData(Staff, """{ "groups": ["Admins", "admins2", " admins"] }""", null)]
    [InlineData(Staff, """{ "groups": ["admins=Administrator"] }""", null)]
    [InlineData(Staff, """{ "groups": { "admins": true } }""", null)]
    [InlineData(Staff, """{ "groups": [["admins"]] }""", null)]
    [InlineData(Staff, """{ "groups": null }""", null)]
    [InlineData(Staff, """{ "roles": ["admins"] }""", null)]
    [InlineData(Staff, """{ }""", null)]
    [InlineData(Staff, """[]""", null)]
    [InlineData("realm_access.roles:proxy-admin=Administrator", """{ "realm_access": { "roles": ["x", "proxy-admin"] } }""", 1)]
    [InlineData("realm_access.roles:proxy-admin=Administrator", """{ "realm_access.roles": ["proxy-admin"] }""", 1)]
    [InlineData("realm_access.roles:proxy-admin=Administrator", """{ "realm_access": ["proxy-admin"] }""", null)]
    [InlineData("\"https://example.com/roles\":admin=Administrator", """{ "https://example.com/roles": ["admin"] }""", 1)]
    [InlineData("\"a.b\":admin=Administrator", """{ "a": { "b": "admin" } }""", null)]
    [InlineData("groups:cn=admins,dc=example=Administrator", """{ "groups": ["cn=admins,dc=example"] }""", 1)]
    [InlineData("groups:urn:team:a=Viewer", """{ "groups": ["urn:team:a"] }""", 1)]
    [InlineData("groups:/staff/*=viewer", """{ "groups": ["/staff/it"] }""", 1)]
    [InlineData("groups:/staff/*=viewer", """{ "groups": ["/staff/"] }""", null)]
    [InlineData("sub:*=Viewer", """{ "sub": "x" }""", 1)]
    [InlineData("sub:*=Viewer", """{ "sub": "" }""", null)]
    [InlineData("level:3=Viewer", """{ "level": 3 }""", 1)]
    [InlineData("staff:true=Viewer", """{ "staff": true }""", 1)]
    public void Decide_Claims_TheFirstRuleThatFitsCounts(string rules, string claims, int? position) =>
        (Parse(rules).Decide(Json(claims)).Rule?.Position).ShouldBe(position);

    [Theory]
    [InlineData(Staff, """{ "groups": ["staff"] }""")]
    [InlineData(Staff, """{ "email": "ann@example.com", "email_verified": false }""")]
    public void Decide_NothingFits_NobodyGetsIn(string rules, string claims)
    {
        var verdict = Parse(rules).Decide(Json(claims));
        verdict.Rule.ShouldBeNull();
        verdict.Role.ShouldBeNull();
        verdict.Looks.Length.ShouldBe(4);
    }

    [Theory]
    [InlineData("admins=Administrator", "rule 1, \"admins=Administrator\", is not CLAIM:VALUE=ROLE")]
    [InlineData("groups:a=Viewer;groups:admins", "rule 2, \"groups:admins\", is not CLAIM:VALUE=ROLE")]
    [InlineData("groups:=Viewer", "rule 1, \"groups:=Viewer\", is not")]
    [InlineData("groups:a=Root", "grants \"Root\"; a role is Viewer, Operator or Administrator")]
    [InlineData("groups:a=2", "is not CLAIM:VALUE=ROLE")]
    [InlineData("groups:a*b=Viewer", "has a * that is not the first or the last")]
    [InlineData("groups:*a*=Viewer", "has a * that is not")]
    [InlineData("groups:a=Administrator(tag:x)", "only an Operator has a scope")]
    [InlineData("groups:a=Viewer(tag:x)", "only an Operator has a scope")]
    [InlineData("groups:a=Operator()", "has an empty scope")]
    [InlineData("groups:a=Operator(nonsense)", "has a scope that cannot be used")]
    public void Parse_BadRule_IsNamedWithItsPosition(string text, string expected)
    {
        var problems = new List<string>();
        RoleRules.Parse(text, problems.Add);
        problems.ShouldHaveSingleItem().ShouldContain(expected);
    }

    [Fact]
    public void Parse_Scope_IsTheOperators() =>
        Parse("groups:team-a=Operator(host:*.a.example.com tag:a)").Rules.Single().Scope.ToString().ShouldBe("host:*.a.example.com tag:a");

    [Theory]
    [InlineData("""{ "groups": [], "email": "x" }""", false)]
    [InlineData("""{ "groups": [] }""", true)]
    [InlineData("""{ }""", true)]
    public void Misses_AClaimOfARule_IsWorthAskingFor(string claims, bool misses) => Parse(Staff).Misses(Json(claims)).ShouldBe(misses);

    private static RoleRules Parse(string rules) => RoleRules.Parse(rules, problem => throw new InvalidOperationException(problem));

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
