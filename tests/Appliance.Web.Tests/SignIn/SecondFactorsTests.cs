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
    private readonly FakeTimeProvider time = TestTime.New();
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] secret = TimeCodes.NewSecret();

    [Fact]
    public void Take_CodeOfTheApp_WorksOnceAndLeavesNoSecretInTheAccount()
    {
        var factors = With(key);
        var account = Account(factors.Sealed(secret), "");
        account.SecondFactor.ShouldNotBeNull().ShouldNotContain(Convert.ToBase64String(secret)[..20]);
        var code = TimeCodes.At(secret, time.GetUtcNow());
        Take(factors, account, code).ShouldBeTrue();
        Take(factors, account, code).ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(TimeCodes.StepSeconds));
        Take(factors, account, TimeCodes.At(secret, time.GetUtcNow())).ShouldBeTrue();
    }

    [Fact]
    public void Take_AnotherMasterKey_RecoveryCodesStillWork()
    {
        var codes = RecoveryCodes.New();
        var account = Account(With(key).Sealed(secret), RecoveryCodes.Stored(codes));
        var other = With(RandomNumberGenerator.GetBytes(32));
        Take(other, account, TimeCodes.At(secret, time.GetUtcNow())).ShouldBeFalse();
        Take(other, account, codes[0]).ShouldBeTrue();
        Take(other, account, codes[0]).ShouldBeFalse();
        RecoveryCodes.Left(account.RecoveryCodes).ShouldBe(RecoveryCodes.Count - 1);
    }

    [Fact]
    public void Take_NoSecondFactor_IsNeverRight() => Take(With(key), Account(null, RecoveryCodes.Stored(["a"])), "a").ShouldBeFalse();

    private static bool Take(SecondFactors factors, Account account, string typed) => factors.Take(account, typed, SecondFactors.RecoveryHash(account, typed));

    private SecondFactors With(byte[] master) => new(new(master), time, NullLogger<SecondFactors>.Instance);

    private static Account Account(string? sealedSecret, string codes) =>
        new() { Name = "ann", NormalizedName = "ANN", Role = Role.Viewer, SecondFactor = sealedSecret, RecoveryCodes = codes };
}
