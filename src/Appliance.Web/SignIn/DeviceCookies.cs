using System.Security.Cryptography;
using System.Text;
using Appliance.Data.Accounts;
using Microsoft.AspNetCore.DataProtection;

namespace Appliance.Web.SignIn;

/// <summary>
/// Remembers in a browser who signed in there by password, in a sealed cookie that outlives the session. It opens nothing: a person's own
/// device only guesses on an account of its own, so that nobody who guesses from elsewhere keeps them out (OWASP: device cookies).
/// </summary>
internal sealed class DeviceCookies(CookieNames names, IDataProtectionProvider protection)
{
    /// <summary>How long a device is known after the last sign-in there.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(180);

    // Of one browser; the one who signed in longest ago goes first.
    private const int MostPeople = 5;

    private readonly ITimeLimitedDataProtector _protector = protection
        .CreateProtector("Appliance.SignIn.Device")
        .ToTimeLimitedDataProtector();
    private readonly SchemeCookies _cookies = new();

    /// <summary>The mark of this device for this name, or null when the person has not signed in here.</summary>
    public string? DeviceOf(HttpContext context, string name)
    {
        var person = PersonOf(name);
        return Read(context).Where(pair => pair.Person == person).Select(pair => pair.Device).FirstOrDefault();
    }

    /// <summary>Notes that the person has signed in here. Each time is another mark: failures of before do not count for it.</summary>
    public void Remember(HttpContext context, Account account)
    {
        if (account.Provider is not null)
            return;
        var person = PersonOf(account.Name);
        IEnumerable<(string Person, string Device)> all =
        [
            (person, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))),
            .. Read(context).Where(pair => pair.Person != person),
        ];
        _cookies.AppendResponseCookie(
            context,
            names.Device,
            _protector.Protect(string.Join(' ', all.Take(MostPeople).Select(pair => $"{pair.Person}:{pair.Device}")), Lifetime),
            new()
            {
                HttpOnly = true,
                IsEssential = true,
                MaxAge = Lifetime,
                Path = "/",
                SameSite = SameSiteMode.Strict,
                Secure = context.Request.IsHttps,
            }
        );
    }

    private List<(string Person, string Device)> Read(HttpContext context)
    {
        if (_cookies.GetRequestCookie(context, names.Device) is not { Length: > 0 } sealedText)
            return [];
        try
        {
            return
            [
                .. _protector
                    .Unprotect(sealedText)
                    .Split(' ')
                    .Select(word => word.Split(':'))
                    .Where(parts => parts.Length == 2)
                    .Select(parts => (parts[0], parts[1])),
            ];
        }
        catch (CryptographicException)
        {
            // Going on is right: it is a device like any other, then.
            return [];
        }
    }

    private static string PersonOf(string name) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(AccountStore.Normalize(name))).AsSpan(0, 16));
}
