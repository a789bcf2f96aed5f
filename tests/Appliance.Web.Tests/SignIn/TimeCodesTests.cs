using System.Text;
using Appliance.Web.SignIn;

namespace Appliance.Web.Tests.SignIn;

public sealed class TimeCodesTests
{
    private static readonly byte[] _secret = Encoding.ASCII.GetBytes("12345678901234567890");

    // RFC 6238, appendix B, SHA-1: the last six of its eight digits.
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Codes_OfTheRfc_AreRightAtTheirTime(long seconds, string code)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(seconds);
        TimeCodes.At(_secret, now).ShouldBe(code);
        TimeCodes.StepOf(_secret, code, 0, now).ShouldBe(seconds / TimeCodes.StepSeconds);
    }

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Code_OfAnotherStep_IsRightWithinOne(int steps, bool right)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1111111111);
        var code = TimeCodes.At(_secret, now.AddSeconds(steps * TimeCodes.StepSeconds));
        (TimeCodes.StepOf(_secret, code, 0, now) is not null).ShouldBe(right);
    }

    [Fact]
    public void Code_UsedOrOlderThanTheLast_IsWrong()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1111111111);
        var step = TimeCodes.StepOf(_secret, TimeCodes.At(_secret, now), 0, now).ShouldNotBeNull();
        TimeCodes.StepOf(_secret, TimeCodes.At(_secret, now), step, now).ShouldBeNull();
        TimeCodes.StepOf(_secret, TimeCodes.At(_secret, now.AddSeconds(-30)), step, now).ShouldBeNull();
        TimeCodes.StepOf(_secret, TimeCodes.At(_secret, now.AddSeconds(30)), step, now).ShouldBe(step + 1);
    }

    [Theory]
    [InlineData("050 471", true)]
    [InlineData(" 050471 ", true)]
    [InlineData("50471", false)]
    [InlineData("+50471", false)]
    [InlineData("0504711", false)]
    [InlineData("", false)]
    [InlineData("abcdef", false)]
    public void Code_AsTyped_IsReadAsPeopleTypeIt(string typed, bool right) =>
        (TimeCodes.StepOf(_secret, typed, 0, DateTimeOffset.FromUnixTimeSeconds(1111111111)) is not null).ShouldBe(right);

    [Fact]
    public void Secret_ForAnApp_IsBase32WithoutPadding()
    {
        TimeCodes.Text(_secret).ShouldBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        TimeCodes.Groups(_secret).ShouldStartWith("GEZD GNBV ");
        TimeCodes
            .Address(_secret, "ann b")
            .ShouldBe("otpauth://totp/Appliance:ann%20b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Appliance");
        TimeCodes.NewSecret().Length.ShouldBe(20);
        var (path, width) = QrCode.Draw(TimeCodes.Address(_secret, "ann"));
        path.ShouldStartWith("M");
        width.ShouldBeGreaterThan(30);
    }
}
