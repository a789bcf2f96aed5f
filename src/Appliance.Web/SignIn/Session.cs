using System.Globalization;
using System.Security.Claims;
using System.Text;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace Appliance.Web.SignIn;

/// <summary>
/// What the session cookie says about a person. All ways to sign in end here: they call <see cref="BeginAsync"/> after they have checked
/// who the person is.
/// </summary>
public static class Session
{
    /// <summary>The name of the authentication scheme.</summary>
    public const string Scheme = CookieAuthenticationDefaults.AuthenticationScheme;

    private const string IdClaim = "session";
    private const string ScopeClaim = "scope";
    private const string Encoded = "\"<>\\^`{|}";

    /// <summary>The principal of an account in one of its sessions.</summary>
    public static ClaimsPrincipal Of(Account account, string sessionId) =>
        new(
            new ClaimsIdentity(
                [
                    new(ClaimTypes.NameIdentifier, account.Id.ToString(CultureInfo.InvariantCulture)),
                    new(ClaimTypes.Name, account.Name),
                    new(ClaimTypes.Role, account.Role.ToString()),
                    new(ScopeClaim, account.Scope),
                    new(IdClaim, sessionId),
                ],
                Scheme
            )
        );

    /// <summary>The account's key, or null for a principal of nobody.</summary>
    public static long? AccountOf(ClaimsPrincipal person) =>
        long.TryParse(person.FindFirstValue(ClaimTypes.NameIdentifier), CultureInfo.InvariantCulture, out var id) ? id : null;

    /// <summary>The session's key, or null for a principal of nobody.</summary>
    public static string? IdOf(ClaimsPrincipal person) => person.FindFirstValue(IdClaim);

    /// <summary>What others see in revisions and in the audit.</summary>
    public static string NameOf(ClaimsPrincipal person) => person.Identity?.Name ?? "unknown";

    /// <summary>
    /// What the person could do when this principal was made. It may be out of date: deeds are decided by <see cref="CurrentActor"/>.
    /// </summary>
    public static Grant GrantOf(ClaimsPrincipal person) =>
        person.Identity?.IsAuthenticated == true && Enum.TryParse<Role>(person.FindFirstValue(ClaimTypes.Role), out var role)
            ? new(role, AccessScope.Stored(person.FindFirstValue(ScopeClaim) ?? ""))
            : Grant.Nothing;

    /// <summary>True when the principal says of the account what is so now.</summary>
    public static bool IsOf(ClaimsPrincipal person, Account account) =>
        AccountOf(person) == account.Id && NameOf(person) == account.Name && GrantOf(person) == account.Grant;

    /// <summary>
    /// Begins a session, and sets its cookie with <paramref name="properties"/>. <paramref name="provider"/> and its session are null for a
    /// local account.
    /// </summary>
    public static async Task<AccountSession> BeginAsync(
        HttpContext context,
        Account account,
        string? provider = null,
        string? providerSession = null,
        AuthenticationProperties? properties = null,
        DateTime? provedUtc = null
    )
    {
        var origin = new SessionOrigin(
            BrowserAddress.Of(context),
            context.Request.Headers.UserAgent.ToString(),
            provider,
            providerSession,
            provedUtc
        );
        var session = await context.RequestServices.GetRequiredService<SessionStore>().BeginAsync(account, origin, context.RequestAborted);
        await context.SignInAsync(Scheme, Of(account, session.Id), properties);
        if (provider is null)
            context.RequestServices.GetRequiredService<DeviceCookies>().Remember(context, account);
        return session;
    }

    /// <summary>A fresh sign-in takes the place of the session it was asked from.</summary>
    public static async Task EndForRenewalAsync(HttpContext context, Account account)
    {
        var before = await context.AuthenticateAsync(Scheme);
        if (before.Principal is { } person && IdOf(person) is { } id)
        {
            await context
                .RequestServices.GetRequiredService<SessionStore>()
                .EndAsync(
                    id,
                    account.Id,
                    new(account.Name, BrowserAddress.Of(context), account.Grant, Session: id),
                    "session.renew",
                    context.RequestAborted
                );
        }
    }

    /// <summary>
    /// Only paths of this console: a link must not send people who just signed in to a stranger's page. As it stands in a header, with
    /// everything outside of ASCII, blanks and quotes percent-encoded (RFC 3986, 2.1).
    /// </summary>
    public static string LocalPath(string? wanted)
    {
        if (wanted is not { Length: > 0 } || wanted[0] != '/' || wanted.Any(char.IsControl))
            return "/";

        // Browsers take \ for /, and what follows two of them for a host.
        if (wanted.Length > 1 && wanted[1] is '/' or '\\')
            return "/";
        var path = new StringBuilder(wanted.Length);
        foreach (var code in Encoding.UTF8.GetBytes(wanted))
        {
            if (code is > 0x20 and < 0x7F && !Encoded.Contains((char)code, StringComparison.Ordinal))
                path.Append((char)code);
            else
                path.Append(CultureInfo.InvariantCulture, $"%{code:X2}");
        }

        return path.ToString();
    }
}
