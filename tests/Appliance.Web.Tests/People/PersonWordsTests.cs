using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.Forms;
using Appliance.Web.People;
using Appliance.Web.Rights;

namespace Appliance.Web.Tests.People;

public sealed class PersonWordsTests
{
    private static readonly DateTime _now = new(2026, 3, 4, 10, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void State_OfAnAccount_IsTheWorstThingAboutIt()
    {
        PersonWords.State(Ann(), _now).Word.ShouldBe("active");
        PersonWords.State(Ann(one => one.MustChangePassword = true), _now).Word.ShouldBe("must choose a new password");
        PersonWords
            .State(Ann(one => (one.MustChangePassword, one.LockedUntilUtc) = (true, _now.AddMinutes(5))), _now)
            .Word.ShouldBe("locked for 5\u202fmin");
        PersonWords.State(Ann(one => one.LockedUntilUtc = _now), _now).Word.ShouldBe("active");
        PersonWords.State(Ann(one => (one.Disabled, one.LockedUntilUtc) = (true, _now.AddMinutes(5))), _now).Word.ShouldBe("disabled");
    }

    [Theory]
    [InlineData(Role.Viewer, "host:*.a.example.com", "nothing")]
    [InlineData(Role.Operator, "", "everything")]
    [InlineData(Role.Operator, "host:*.a.example.com", "host:*.a.example.com")]
    [InlineData(Role.Administrator, "host:*.a.example.com", "everything")]
    public void Scope_OfARole_IsWhatTheyMayChange(Role role, string scope, string words) =>
        RoleWords.Scope(Ann(one => (one.Role, one.Scope) = (role, scope))).ShouldBe(words);

    [Theory]
    [InlineData("Viewer", "nonsense", null, "Viewer")]
    [InlineData("Operator", "tag:team-a", null, "Operator of tag:team-a")]
    [InlineData("Operator", "nonsense", "scope", null)]
    [InlineData("", "", "role", null)]
    public void Draft_Rights_AreReadOrSaidToBeWrong(string role, string scope, string? wrong, string? words)
    {
        var problems = new List<FieldProblem>();
        var rights = new PersonDraft { Role = role, Scope = scope }.ReadRights(problems);
        problems.Select(problem => problem.Path).ShouldBe(wrong is null ? [] : [wrong]);
        (rights is { } read ? new Grant(read.Role, read.Scope).Words() : null).ShouldBe(words);
    }

    private static Account Ann(Action<Account>? change = null)
    {
        var account = new Account
        {
            Name = "ann",
            NormalizedName = "ANN",
            Role = Role.Operator,
        };
        change?.Invoke(account);
        return account;
    }
}
