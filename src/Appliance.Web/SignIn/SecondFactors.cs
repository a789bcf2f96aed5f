using System.Security.Cryptography;
using Appliance.Data.Accounts;
using Appliance.Data.Sealing;

namespace Appliance.Web.SignIn;

/// <summary>What is stored of a second factor, sealed with the master key, and whether a code is right for it.</summary>
internal sealed class SecondFactors(MasterKeyBytes master, TimeProvider time, ILogger<SecondFactors> log)
{
    /// <summary>The secret as it is stored.</summary>
    public string Sealed(byte[] secret) => Convert.ToBase64String(Seal.Close(master.Key, secret));

    /// <summary>The step of a code that is right for a new secret, or null.</summary>
    public long? Prove(byte[] secret, string typed) => TimeCodes.StepOf(secret, typed, 0, time.GetUtcNow());

    /// <summary>
    /// What was typed as a recovery code of this account. Takes long on purpose, so it is made before <see cref="Take"/>, which happens in
    /// a transaction.
    /// </summary>
    public static string RecoveryHash(Account account, string typed) => RecoveryCodes.HashOf(account.RecoveryCodes, typed);

    /// <summary>
    /// True when what was typed is a code of the app or one of recovery; it is used up in the account then. <paramref name="recoveryHash"/>
    /// is what <see cref="RecoveryHash"/> made of it.
    /// </summary>
    public bool Take(Account account, string typed, string recoveryHash)
    {
        if (account.SecondFactor is not { } stored)
            return false;
        if (Unsealed(stored) is { } secret && TimeCodes.StepOf(secret, typed, account.SecondFactorStep, time.GetUtcNow()) is { } step)
        {
            account.SecondFactorStep = step;
            return true;
        }

        if (RecoveryCodes.Take(account.RecoveryCodes, recoveryHash) is not { } left)
            return false;
        account.RecoveryCodes = left;
        return true;
    }

    // With another master key no code of an app is ever right, but recovery codes are: they need no key.
    private byte[]? Unsealed(string stored)
    {
        try
        {
            return Seal.Open(master.Key, Convert.FromBase64String(stored));
        }
        catch (CryptographicException exception)
        {
            log.NotUnsealed(exception);
            return null;
        }
    }
}

internal static partial class SecondFactorsLog
{
    [LoggerMessage(
        3650,
        LogLevel.Warning,
        "A second factor cannot be opened: it was sealed with another master key. Recovery codes and appliance sign-in-link still work."
    )]
    public static partial void NotUnsealed(this ILogger log, Exception exception);
}
