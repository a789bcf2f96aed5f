using System.Collections.Immutable;
using System.Globalization;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>One identity provider, from the environment.</summary>
public sealed record OidcProviderSettings
{
    /// <summary>1 for the variables without a number, else 2 to 9.</summary>
    public required int Number { get; init; }

    /// <summary>The text of its button: "Sign in with ...". Default the host of the authority.</summary>
    public required string Name { get; init; }

    /// <summary>The issuer; <c>/.well-known/openid-configuration</c> below it says the rest. https, or http on this machine.</summary>
    public required Uri Authority { get; init; }

    /// <summary>What the provider calls this console.</summary>
    public required string ClientId { get; init; }

    /// <summary>The secret of the client; null: a public client, protected by PKCE alone.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>What is asked for. Default <c>openid profile email</c>.</summary>
    public required ImmutableArray<string> Scopes { get; init; }

    /// <summary>Who gets which role.</summary>
    public required RoleRules Rules { get; init; }

    /// <summary>The name of its authentication scheme.</summary>
    public string Scheme => string.Create(CultureInfo.InvariantCulture, $"oidc-{Number}");

    /// <summary>Where the provider sends people back to.</summary>
    public string CallbackPath => "/signin-oidc" + Suffix;

    /// <summary>Where the provider says that a session has ended.</summary>
    public string BackChannelPath => "/oidc/backchannel-logout" + Suffix;

    /// <summary>Where people arrive after they signed out at the provider.</summary>
    public string AfterLogoutPath => "/signout-callback-oidc" + Suffix;

    private string Suffix => Number == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{Number}");

    /// <summary>Records print themselves, and this one holds a secret.</summary>
    public override string ToString() => $"{Scheme} {Name} at {Authority}";
}
