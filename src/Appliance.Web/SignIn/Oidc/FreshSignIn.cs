using System.Globalization;
using System.Security.Claims;
using Appliance.Data.Accounts;
using Microsoft.AspNetCore.Authentication;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// A fresh sign-in before a dangerous deed: the provider is asked to make the person prove again who they are (<c>prompt=login</c>,
/// <c>max_age=0</c>), and what comes back must say that it did (<c>auth_time</c>), and be the same person. A page asks
/// <see cref="NeededAsync"/> before the deed, and goes there by a full load.
/// </summary>
public sealed class FreshSignIn(OidcProviders providers, SessionStore sessions, TimeProvider time)
{
    /// <summary>For how long a sign-in counts as fresh.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Where to go at the provider for a fresh sign-in that comes back to <paramref name="to"/>; null when none is needed: they proved it a
    /// moment ago, or it is of a local account (which has a password to ask for), or its provider is not in the settings any more.
    /// </summary>
    public async Task<string?> NeededAsync(ClaimsPrincipal person, string to, CancellationToken cancellationToken)
    {
        if (Session.IdOf(person) is not { } id)
            return null;
        var session = await sessions.UseAsync(id, cancellationToken);
        return
            session is null
            || IsFresh(session.ProvedUtc, time.GetUtcNow().UtcDateTime)
            || providers.Find(session.Provider) is not { } provider
            ? null
            : Path(provider.Settings.Number, to);
    }

    /// <summary>The address that begins one and comes back to <paramref name="to"/>.</summary>
    public static string Path(int provider, string to) =>
        string.Create(CultureInfo.InvariantCulture, $"/sign-in/oidc/{provider}/again?to={Uri.EscapeDataString(to)}");

    /// <summary>
    /// True when somebody proved a moment ago who they are. That a provider sent them here again says nothing: it may not have asked them.
    /// </summary>
    public static bool IsFresh(DateTime provedUtc, DateTime nowUtc) => nowUtc - provedUtc < Freshness;

    /// <summary>What a fresh sign-in of the person of this request asks of the provider.</summary>
    internal static AuthenticationProperties Request(HttpContext context) =>
        SignInRequest.Fresh(Session.AccountOf(context.User) ?? 0, TimeSpan.Zero, Session.LocalPath(context.Request.Query["to"]));
}
