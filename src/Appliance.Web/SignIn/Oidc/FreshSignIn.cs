using System.Globalization;
using Microsoft.AspNetCore.Authentication;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// A fresh sign-in before a dangerous deed: the provider is asked to make the person prove again who they are (<c>prompt=login</c>, <c>max_age=0</c>), and what comes
/// back must say that it did (<c>auth_time</c>), and be the same person.
/// </summary>
public static class FreshSignIn
{
    /// <summary>For how long a sign-in counts as fresh.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromMinutes(10);

    /// <summary>The address that begins one and comes back to <paramref name="to"/>.</summary>
    public static string Path(int provider, string to) => string.Create(CultureInfo.InvariantCulture, $"/sign-in/oidc/{provider}/again?to={Uri.EscapeDataString(to)}");

    /// <summary>True for a session that began a moment ago: each sign-in begins a new one.</summary>
    public static bool IsFresh(DateTime sessionBeganUtc, DateTime nowUtc) => nowUtc - sessionBeganUtc < Freshness;

    /// <summary>The request for whoever asks.</summary>
    internal static AuthenticationProperties Request(HttpContext context) =>
        SignInRequest.Fresh(Session.AccountOf(context.User) ?? 0, TimeSpan.Zero, Session.LocalPath(context.Request.Query["to"]));
}
