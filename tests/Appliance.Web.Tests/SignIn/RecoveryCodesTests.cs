using Appliance.Web.SignIn;

namespace Appliance.Web.Tests.SignIn;

public sealed class RecoveryCodesTests
{
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
        var left = RecoveryCodes.Take(stored, $" {codes[3].ToUpperInvariant().Replace("-", " ")} ").ShouldNotBeNull();
        RecoveryCodes.Left(left).ShouldBe(RecoveryCodes.Count - 1);
        RecoveryCodes.Take(left, codes[3]).ShouldBeNull();
        foreach (var code in codes.Where(code => code != codes[3]))
            left = RecoveryCodes.Take(left, code).ShouldNotBeNull();
        left.ShouldBe("");
        RecoveryCodes.Left(left).ShouldBe(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("aaaaa-aaaaa")]
    public void Take_AnythingElse_IsNone(string typed)
    {
        RecoveryCodes.Take(RecoveryCodes.Stored(RecoveryCodes.New()), typed).ShouldBeNull();
        RecoveryCodes.Take("", typed).ShouldBeNull();
    }
}
