using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Appliance.Web.SignIn;

/// <summary>
/// Carries the secret of a second factor from the page that shows it to the one that stores it, in a sealed hidden field: nothing is stored
/// before a code has proven that the app has it.
/// </summary>
internal sealed class SecondFactorSetup(IDataProtectionProvider protection)
{
    /// <summary>How long one may take to set up the app.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    private readonly ITimeLimitedDataProtector _protector = protection
        .CreateProtector("Appliance.SecondFactor.Setup")
        .ToTimeLimitedDataProtector();

    /// <summary>The field for a secret of this account.</summary>
    public string Write(long account, byte[] secret) =>
        _protector.Protect(string.Create(CultureInfo.InvariantCulture, $"{account} {Convert.ToBase64String(secret)}"), Lifetime);

    /// <summary>The secret, or null when the field is not ours, too old, or of another account.</summary>
    public byte[]? Read(long account, string? field)
    {
        try
        {
            return
                field is not null
                && _protector.Unprotect(field).Split(' ') is [var id, var secret]
                && id == account.ToString(CultureInfo.InvariantCulture)
                ? Convert.FromBase64String(secret)
                : null;
        }
        catch (CryptographicException)
        {
            // Going on is right: they begin again.
            return null;
        }
    }
}
