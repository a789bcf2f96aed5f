using Appliance.Web.SignIn;

namespace Appliance.Web.Tests.SignIn;

public sealed class PasswordsTests
{
    [Theory]
    [InlineData("short", "at least 8")]
    [InlineData("        ", "only blanks")]
    [InlineData("\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0", "only blanks")]
    [InlineData("a line\nbreak", "control characters")]
    [InlineData("a\ttab in it", "control characters")]
    [InlineData("password", "first passwords")]
    [InlineData("Password1", "first passwords")]
    [InlineData("PASSWORD2026!", "first passwords")]
    [InlineData(" password ", "first passwords")]
    [InlineData("12345678", "first passwords")]
    [InlineData("1234567890", "first passwords")]
    [InlineData("87654321", "first passwords")]
    [InlineData("abcdefgh", "first passwords")]
    [InlineData("aaaaaaaaaaaa", "first passwords")]
    [InlineData("abababab", "first passwords")]
    [InlineData("changeme", "first passwords")]
    [InlineData("appliance", "first passwords")]
    [InlineData("qwertzuiop", "first passwords")]
    [InlineData("admin123", "first passwords")]
    [InlineData("Annabella", "first passwords")]
    public void Fault_OfWhatGuessersTryFirst_IsASentence(string password, string because) =>
        Passwords.Fault(password, "annabella").ShouldNotBeNull().ShouldContain(because);

    [Theory]
    [InlineData("a few words are better")]
    [InlineData("Tr0ub4dor&3")]
    [InlineData("пароль из слов")]
    [InlineData("🦊🦊🐢🐢🐇")]
    [InlineData(" begins with a blank")]
    public void Fault_OfAGoodOne_IsNull(string password) => Passwords.Fault(password, "ann").ShouldBeNull();

    [Fact]
    public void New_OnesForOthers_AreGood()
    {
        for (var number = 0; number < 100; number++)
            Passwords.Fault(Passwords.New()).ShouldBeNull();
    }

    [Fact]
    public void Check_HashOfFewerRounds_IsRightAndGivesABetterOne()
    {
        var old = OldHash("a few words");
        Passwords.MissingRounds(old).ShouldBe(Passwords.Rounds - 100_000);
        Passwords.Check(old, "other words").ShouldBe(new(IsRight: false));
        var check = Passwords.Check(old, "a few words");
        check.IsRight.ShouldBeTrue();
        Passwords.MissingRounds(check.BetterHash.ShouldNotBeNull()).ShouldBe(0);
        Passwords.Check(check.BetterHash, "a few words").ShouldBe(new(IsRight: true), "it is as good as a new one");
    }

    [Theory]
    [InlineData("hash")]
    [InlineData("")]
    [InlineData("AQAAAAI")]
    public void MissingRounds_OfWhatIsNoHash_AreNone(string hash) => Passwords.MissingRounds(hash).ShouldBe(0);

    // As older versions stored it.
    internal static string OldHash(string password) =>
        new Microsoft.AspNetCore.Identity.PasswordHasher<Data.Accounts.Account>(
            Microsoft.Extensions.Options.Options.Create(
                new Microsoft.AspNetCore.Identity.PasswordHasherOptions { IterationCount = 100_000 }
            )
        ).HashPassword(null!, password); // it reads no user
}
