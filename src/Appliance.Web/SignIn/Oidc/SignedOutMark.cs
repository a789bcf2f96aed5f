using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// Remembers in the browser, for a few minutes, that somebody signed out here. The next sign-in at that provider asks for the person again
/// (<c>prompt=login</c>). Where the provider does not say when that was, it counts as just now: without this, nobody there could ever
/// change people's accounts.
/// </summary>
public sealed class SignedOutMark(CookieNames names, IDataProtectionProvider protection)
{
    private readonly ITimeLimitedDataProtector _protector = protection
        .CreateProtector("Appliance.Oidc.SignedOut")
        .ToTimeLimitedDataProtector();

    /// <summary>Somebody whom that provider had signed in has signed out.</summary>
    public void Set(HttpContext context, int provider) =>
        context.Response.Cookies.Append(
            names.SignedOut,
            _protector.Protect(provider.ToString(CultureInfo.InvariantCulture), FreshSignIn.Freshness),
            Options(context, FreshSignIn.Freshness)
        );

    /// <summary>True when that is what happened here last.</summary>
    public bool IsSet(HttpContext context, int provider)
    {
        try
        {
            return context.Request.Cookies[names.SignedOut] is { Length: > 0 } text
                && _protector.Unprotect(text) == provider.ToString(CultureInfo.InvariantCulture);
        }
        catch (CryptographicException)
        {
            // Going on is right: it is too old, or was made up, and then it says nothing.
            return false;
        }
    }

    /// <summary>Somebody has signed in.</summary>
    public void Clear(HttpContext context)
    {
        if (context.Request.Cookies.ContainsKey(names.SignedOut))
            context.Response.Cookies.Delete(names.SignedOut, Options(context, null));
    }

    private static CookieOptions Options(HttpContext context, TimeSpan? age) =>
        new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps,
            Path = "/",
            MaxAge = age,
            IsEssential = true,
        };
}
