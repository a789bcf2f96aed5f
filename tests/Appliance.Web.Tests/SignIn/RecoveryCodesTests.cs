using Appliance.Web.SignIn;

namespace Appliance.Web.Tests.SignIn;

public sealed class RecoveryCodesTests
{
    // Making a set takes a second.
    private static readonly Lazy<string> _someSet = new(() => RecoveryCodes.Stored(RecoveryCodes.New()));

    [Fact]
    public void New_Codes_AreTenAndStoredAsHashesOnly()
    {
        var codes = RecoveryCodes.New();
        codes.Length.ShouldBe(RecoveryCodes.Count);
        codes.Distinct().Count().ShouldBe(RecoveryCodes.Count);
        codes.ShouldAllBe(code => System.Text.RegularExpressions.Regex.IsMatch(code, "^[a-z2-9]{5}-[a-z2-9]{5}$"));
        var stored = RecoveryCodes.Stored(codes);
        RecoveryCodes.Left(stored).ShouldBe(RecoveryCodes.Count);
        codes.ShouldAllBe(code => !stored.Contains(code) && !stored.Contains(code.Replace("-", "")));
    }

    [Fact]
    public void Take_ACode_WorksOnceHoweverItIsTyped()
    {
        var codes = RecoveryCodes.New();
        var stored = RecoveryCodes.Stored(codes);
        var left = Take(stored, $" {codes[3].ToUpperInvariant().Replace("-", " ")} ").ShouldNotBeNull();
        RecoveryCodes.Left(left).ShouldBe(RecoveryCodes.Count - 1);
        Take(left, codes[3]).ShouldBeNull();
        foreach (var code in codes.Where(code => code != codes[3]))
            left = Take(left, code).ShouldNotBeNull();
        left.ShouldBe("");
        RecoveryCodes.Left(left).ShouldBe(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("aaaaa-aaaaa")]
    public void Take_AnythingElse_IsNone(string typed)
    {
        Take(_someSet.Value, typed).ShouldBeNull();
        Take("", typed).ShouldBeNull();
    }

    [Fact]
    public void Stored_Codes_AreSaltedAndSlow()
    {
        string[] codes = ["k3x9p-w7mq2"];
        var (one, other) = (RecoveryCodes.Stored(codes), RecoveryCodes.Stored(codes));
        one.ShouldStartWith($"pbkdf2:{Passwords.Rounds}:");
        one.Split(' ')[1].ShouldNotBe(other.Split(' ')[1], "each set has a salt of its own");
        RecoveryCodes.AreOld(one).ShouldBeFalse();
        RecoveryCodes.AreOld("").ShouldBeFalse();
    }

    [Fact]
    public void Take_CodesOfBefore_StillWork()
    {
        // SHA-256 of "k3x9pw7mq2" and of "aaaaabbbbb", as older versions stored them.
        var stored = string.Join(
            ' ',
            new[] { "k3x9pw7mq2", "aaaaabbbbb" }.Select(code =>
                Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(code)))
            )
        );
        (RecoveryCodes.Left(stored), RecoveryCodes.AreOld(stored)).ShouldBe((2, true));
        var left = Take(stored, "K3X9P-W7MQ2").ShouldNotBeNull();
        (RecoveryCodes.Left(left), RecoveryCodes.AreOld(left)).ShouldBe((1, true));
        Take(left, "k3x9p-w7mq2").ShouldBeNull();
        Take(left, "aaaaa-bbbbb").ShouldBe("");
    }

    private static string? Take(string stored, string typed) => RecoveryCodes.Take(stored, RecoveryCodes.HashOf(stored, typed));
}
