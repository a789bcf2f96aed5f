using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Appliance.Data.Accounts;
using Microsoft.AspNetCore.DataProtection;

namespace Appliance.Web.SignIn;

/// <summary>What somebody has shown so far on the way in.</summary>
internal enum SignInStep
{
    /// <summary>Nothing: name and password are asked for.</summary>
    Password,

    /// <summary>The password was right; a code is asked for.</summary>
    Code,

    /// <summary>All of it was right; a new password is asked for.</summary>
    NewPassword,
}

/// <summary>
/// Carries a step of a sign-in to the next one, in a hidden field that only this product can write and that holds for five minutes. It is
/// no session: nothing but the next step takes it. It is worth nothing once password or second factor are others than when it was written.
/// </summary>
internal sealed class SignInProof(IDataProtectionProvider protection)
{
    /// <summary>How long one may take for a step.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly ITimeLimitedDataProtector _protector = protection
        .CreateProtector("Appliance.SignIn.Proof")
        .ToTimeLimitedDataProtector();

    /// <summary>A proof for the step that comes next.</summary>
    public string Write(Account account, SignInStep next) =>
        _protector.Protect(string.Create(CultureInfo.InvariantCulture, $"{account.Id} {(int)next} {Mark(account)}"), Lifetime);

    /// <summary>Whom a proof is about and the step it allows; null when it is not ours, too old, or overtaken.</summary>
    public async Task<(Account Account, SignInStep Step)?> ReadAsync(
        string proof,
        AccountStore accounts,
        CancellationToken cancellationToken
    )
    {
        string[] parts;
        try
        {
            parts = _protector.Unprotect(proof).Split(' ');
        }
        catch (CryptographicException)
        {
            // Going on is right: the person is asked for the password again.
            return null;
        }

        var account = await accounts.FindAsync(long.Parse(parts[0], CultureInfo.InvariantCulture), cancellationToken);
        return account is not null && parts[2] == Mark(account)
            ? (account, (SignInStep)int.Parse(parts[1], CultureInfo.InvariantCulture))
            : null;
    }

    private static string Mark(Account account) =>
        Convert.ToHexStringLower(
            SHA256
                .HashData(Encoding.UTF8.GetBytes($"{account.PasswordHash} {account.SecondFactor} {account.MustChangePassword}"))
                .AsSpan(0, 12)
        );
}
