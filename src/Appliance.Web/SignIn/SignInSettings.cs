using System.Collections.Immutable;
using System.Net;
using Appliance.Data.Accounts;
using Appliance.Web.SignIn.Oidc;

namespace Appliance.Web.SignIn;

/// <summary>The settings of this process that sign-in needs.</summary>
public sealed record SignInSettings
{
    /// <summary>The address under which people reach the console. Default null: this machine's.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Where the console listens. Default only this machine.</summary>
    public IPAddress ConsoleBind { get; init; } = IPAddress.Loopback;

    /// <summary>Sign-in with a password of this product. Default true.</summary>
    public bool LocalSignIn { get; init; } = true;

    /// <summary>How long a session lasts at most. Default 7 days.</summary>
    public TimeSpan LongestSession { get; init; } = SessionLimits.Default.Absolute;

    /// <summary>Identity providers that people can sign in with. Default none.</summary>
    public ImmutableArray<OidcProviderSettings> Oidc { get; init; } = [];
}
