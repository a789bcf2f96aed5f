using System.Globalization;
using System.Security.Claims;
using Appliance.Data.Accounts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace Appliance.Web.SignIn;

/// <summary>What the session cookie says about a person, and the seam for other ways to sign in: whoever makes this principal has signed somebody in.</summary>
public static class Session
{
    /// <summary>The cookie's scheme.</summary>
    public const string Scheme = CookieAuthenticationDefaults.AuthenticationScheme;

    private const string StampClaim = "stamp";

    /// <summary>The principal of an account.</summary>
    public static ClaimsPrincipal Of(Account account) => new(new ClaimsIdentity(
        [
            new(ClaimTypes.NameIdentifier, account.Id.ToString(CultureInfo.InvariantCulture)),
            new(ClaimTypes.Name, account.Name),
            new(ClaimTypes.Role, account.Role),
            new(StampClaim, account.SessionStamp),
        ],
        Scheme));

    /// <summary>The account's key, or null for a principal of nobody.</summary>
    public static long? AccountOf(ClaimsPrincipal person) =>
        long.TryParse(person.FindFirstValue(ClaimTypes.NameIdentifier), CultureInfo.InvariantCulture, out var id) ? id : null;

    /// <summary>The stamp the session began with.</summary>
    public static string StampOf(ClaimsPrincipal person) => person.FindFirstValue(StampClaim) ?? "";

    /// <summary>What others see in revisions and in the audit.</summary>
    public static string NameOf(ClaimsPrincipal person) => person.Identity?.Name ?? "unknown";

    /// <summary>Sets the cookie.</summary>
    public static Task BeginAsync(HttpContext context, Account account) => context.SignInAsync(Scheme, Of(account));

    /// <summary>Only paths of this console: a link must not send people who just signed in to a stranger's page.</summary>
    public static string LocalPath(string? wanted) =>
        wanted is { Length: > 0 } && wanted[0] == '/' && !wanted.StartsWith("//", StringComparison.Ordinal) && !wanted.StartsWith("/\\", StringComparison.Ordinal) ? wanted : "/";
}
