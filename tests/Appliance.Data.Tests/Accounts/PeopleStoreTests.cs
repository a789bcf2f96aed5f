using Appliance.Data.Accounts;
using Appliance.Data.Rights;

namespace Appliance.Data.Tests.Accounts;

public sealed class PeopleStoreTests : StoresUnderTest
{
    private static readonly Actor _operator = new("olga", "192.0.2.9", new(Role.Operator, AccessScope.Everything));

    [Fact]
    public async Task Add_ByAnAdministrator_MustChangeThePasswordFirst()
    {
        var ann = await AddAsync("ann", Role.Operator);
        var result = await Accounts.SignInAsync("ann", hash => hash == "hash", "a", default);
        result.ShouldBeOfType<SignInResult.MustChange>();
        (await People.ChangeOwnPasswordAsync(ann.Id, "own", null, "a", default)).ShouldBeOfType<PeopleResult.Done>();
        (await Accounts.SignInAsync("ann", hash => hash == "own", "a", default)).ShouldBeOfType<SignInResult.Welcome>();
        (await People.AddAsync("ANN", "hash", Role.Viewer, AccessScope.Everything, Boss, default))
            .ShouldBeOfType<PeopleResult.Refused>()
            .Reason.ShouldContain("already");
    }

    [Fact]
    public async Task EveryChange_ByAnOperator_IsRefusedAndNoted()
    {
        var ann = await AddAsync("ann", Role.Administrator);
        var bob = await AddAsync("bob", Role.Administrator);
        PeopleResult[] results =
        [
            await People.AddAsync("eve", "hash", Role.Viewer, AccessScope.Everything, _operator, default),
            await People.ChangeRoleAsync(ann.Id, Role.Viewer, AccessScope.Everything, _operator, default),
            await People.DisableAsync(ann.Id, true, _operator, default),
            await People.RemoveAsync(bob.Id, _operator, default),
            await People.ResetPasswordAsync(ann.Id, "other", _operator, null, default),
            await People.ResetSecondFactorAsync(ann.Id, _operator, default),
        ];
        results.ShouldAllBe(result => result is PeopleResult.Refused);
        (await People.ListAsync(Boss, default))
            .Select(one => (one.Name, one.Role, one.Disabled, one.PasswordHash))
            .ShouldBe([("ann", Role.Administrator, false, "hash"), ("bob", Role.Administrator, false, "hash")]);
        (await AuditLinesAsync())[^6..]
            .ShouldAllBe(line => line.StartsWith("olga ") && line.Contains(": not_allowed: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EveryChange_WithAnOldSignIn_AsksForAFreshOne()
    {
        var ann = await AddAsync("ann", Role.Administrator);
        await AddAsync("bob", Role.Administrator);
        var tired = Boss with { IsFresh = false };
        PeopleResult[] results =
        [
            await People.AddAsync("eve", "hash", Role.Viewer, AccessScope.Everything, tired, default),
            await People.ChangeRoleAsync(ann.Id, Role.Viewer, AccessScope.Everything, tired, default),
            await People.DisableAsync(ann.Id, true, tired, default),
            await People.RemoveAsync(ann.Id, tired, default),
            await People.ResetPasswordAsync(ann.Id, "other", tired, null, default),
            await People.ResetSecondFactorAsync(ann.Id, tired, default),
        ];
        results.ShouldAllBe(result => result is PeopleResult.NotFresh);
        (await People.ListAsync(Boss, default))
            .Select(one => (one.Name, one.Role, one.Disabled, one.PasswordHash))
            .ShouldBe([("ann", Role.Administrator, false, "hash"), ("bob", Role.Administrator, false, "hash")]);
    }

    [Fact]
    public async Task LastAdministrator_StaysWhatItIs()
    {
        var ann = await AddAsync("ann", Role.Administrator);
        await AddAsync("olga", Role.Operator);
        await Accounts.SignInExternalAsync(
            new("https://id.example.com", "1", "Company", "remote", Role.Administrator, AccessScope.Everything),
            "a",
            default
        );
        (await People.ChangeRoleAsync(ann.Id, Role.Operator, AccessScope.Everything, Boss, default))
            .ShouldBeOfType<PeopleResult.Refused>()
            .Reason.ShouldContain("last administrator");
        (await People.DisableAsync(ann.Id, true, Boss, default)).ShouldBeOfType<PeopleResult.Refused>();
        (await People.RemoveAsync(ann.Id, Boss, default)).ShouldBeOfType<PeopleResult.Refused>();
        await AddAsync("bob", Role.Administrator);
        (await People.RemoveAsync(ann.Id, Boss, default)).ShouldBeOfType<PeopleResult.Done>();
        (await People.ListAsync(Boss, default)).Select(one => one.Name).ShouldBe(["bob", "olga", "remote · Company"]);
    }

    [Fact]
    public async Task External_RoleAndPassword_AreTheProviders()
    {
        var result = await Accounts.SignInExternalAsync(
            new("https://id.example.com", "1", "Company", "ann", Role.Viewer, AccessScope.Everything),
            "a",
            default
        );
        var id = result.ShouldBeOfType<SignInResult.Welcome>().Account.Id;
        (
            await People.ChangeRoleAsync(id, Role.Administrator, AccessScope.Everything, Boss, default)
        ).ShouldBeOfType<PeopleResult.Refused>();
        (await People.ResetPasswordAsync(id, "hash", Boss, null, default)).ShouldBeOfType<PeopleResult.Refused>();
        (await People.DisableAsync(id, true, Boss, default)).ShouldBeOfType<PeopleResult.Done>();
        (
            await Accounts.SignInExternalAsync(
                new("https://id.example.com", "1", "Company", "ann", Role.Viewer, AccessScope.Everything),
                "a",
                default
            )
        ).ShouldBeOfType<SignInResult.Disabled>();
    }

    [Fact]
    public async Task Sessions_EndWithDisablingPasswordsAndRemoval()
    {
        await AddAsync("boss", Role.Administrator);
        var ann = await AddAsync("ann", Role.Operator);
        var session = await Sessions.BeginAsync(ann, new("a", "agent"), default);
        await People.DisableAsync(ann.Id, true, Boss, default);
        (await Sessions.UseAsync(session.Id, default)).ShouldBeNull();
        await People.DisableAsync(ann.Id, false, Boss, default);
        (await Sessions.UseAsync(session.Id, default)).ShouldBeNull("a session does not come back");

        var (one, other) = (
            await Sessions.BeginAsync(ann, new("a", "agent"), default),
            await Sessions.BeginAsync(ann, new("b", "agent"), default)
        );
        await People.ChangeOwnPasswordAsync(ann.Id, "own", one.Id, "a", default);
        (await Sessions.UseAsync(one.Id, default)).ShouldNotBeNull();
        (await Sessions.UseAsync(other.Id, default)).ShouldBeNull();
        await People.ResetPasswordAsync(ann.Id, "other", Boss, null, default);
        (await Sessions.UseAsync(one.Id, default)).ShouldBeNull();

        var last = await Sessions.BeginAsync(ann, new("a", "agent"), default);
        await People.RemoveAsync(ann.Id, Boss, default);
        (await Sessions.UseAsync(last.Id, default)).ShouldBeNull();
        (await People.RemoveAsync(ann.Id, Boss, default)).ShouldBeOfType<PeopleResult.Refused>().Reason.ShouldContain("no such account");
    }

    [Fact]
    public async Task Password_ResetOfOnesOwn_KeepsTheSessionItIsDoneIn()
    {
        var ann = await AddAsync("ann", Role.Administrator);
        var (own, other) = (
            await Sessions.BeginAsync(ann, new("a", "agent"), default),
            await Sessions.BeginAsync(ann, new("a", "agent"), default)
        );
        await People.ResetPasswordAsync(ann.Id, "new", new("ann", "a", ann.Grant), own.Id, default);
        (await Sessions.UseAsync(own.Id, default)).ShouldNotBeNull().Account.MustChangePassword.ShouldBeTrue();
        (await Sessions.UseAsync(other.Id, default)).ShouldBeNull();
    }

    [Fact]
    public async Task SecondFactor_Reset_TakesCodesAway()
    {
        var ann = await AddAsync("ann", Role.Operator);
        await People.SetOwnSecondFactorAsync(ann.Id, "sealed", 5, "hashes", "a", default);
        var with = (await Accounts.FindAsync(ann.Id, default)).ShouldNotBeNull();
        (with.SecondFactor, with.SecondFactorStep, with.RecoveryCodes).ShouldBe(("sealed", 5, "hashes"));
        await People.SetOwnRecoveryCodesAsync(ann.Id, "others", "a", default);
        (await AuditLinesAsync())[^1].ShouldBe("ann second_factor.recovery_codes ann: ok");
        (await Accounts.FindAsync(ann.Id, default)).ShouldNotBeNull().RecoveryCodes.ShouldBe("others");
        await People.ResetSecondFactorAsync(ann.Id, Boss, default);
        var without = (await Accounts.FindAsync(ann.Id, default)).ShouldNotBeNull();
        (without.SecondFactor, without.RecoveryCodes).ShouldBe((null, ""));
    }

    private async Task<Account> AddAsync(string name, Role role) =>
        (await People.AddAsync(name, "hash", role, AccessScope.Everything, Boss, default)).ShouldBeOfType<PeopleResult.Done>().Account;
}
