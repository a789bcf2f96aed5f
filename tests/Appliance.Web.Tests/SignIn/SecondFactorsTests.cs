using System.Security.Cryptography;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.SignIn;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.SignIn;

public sealed class SecondFactorsTests
{
    private readonly FakeTimeProvider _time = TestTime.New();
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _secret = TimeCodes.NewSecret();

    [Fact]
    public void Take_CodeOfTheApp_WorksOnceAndLeavesNoSecretInTheAccount()
    {
        var factors = With(_key);
        var account = Account(factors.Sealed(_secret), "");
        account.SecondFactor.ShouldNotBeNull().ShouldNotContain(Convert.ToBase64String(_secret)[..20]);
        var code = TimeCodes.At(_secret, _time.GetUtcNow());
        Take(factors, account, code).ShouldBeTrue();
        Take(factors, account, code).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(TimeCodes.StepSeconds));
        Take(factors, account, TimeCodes.At(_secret, _time.GetUtcNow())).ShouldBeTrue();
    }

    [Fact]
    public void Take_AnotherMasterKey_RecoveryCodesStillWork()
    {
        var codes = RecoveryCodes.New();
        var account = Account(With(_key).Sealed(_secret), RecoveryCodes.Stored(codes));
        var other = With(RandomNumberGenerator.GetBytes(32));
        Take(other, account, TimeCodes.At(_secret, _time.GetUtcNow())).ShouldBeFalse();
        Take(other, account, codes[0]).ShouldBeTrue();
        Take(other, account, codes[0]).ShouldBeFalse();
        RecoveryCodes.Left(account.RecoveryCodes).ShouldBe(RecoveryCodes.Count - 1);
    }

    [Fact]
    public void Take_NoSecondFactor_IsNeverRight() => Take(With(_key), Account(null, RecoveryCodes.Stored(["a"])), "a").ShouldBeFalse();

    private static bool Take(SecondFactors factors, Account account, string typed) =>
        factors.Take(account, typed, SecondFactors.RecoveryHash(account, typed));

    private SecondFactors With(byte[] master) => new(new(master), _time, NullLogger<SecondFactors>.Instance);

    private static Account Account(string? sealedSecret, string codes) =>
        new()
        {
            Name = "ann",
            NormalizedName = "ANN",
            Role = Role.Viewer,
            SecondFactor = sealedSecret,
            RecoveryCodes = codes,
        };
}
