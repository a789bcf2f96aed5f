using System.Globalization;
using Microsoft.AspNetCore.Authentication;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>What a session keeps of the provider that began it, sealed in its cookie: only what the sign-out there needs.</summary>
/// <param name="Provider">The provider's number.</param>
/// <param name="IdToken">The hint for its sign-out; null when it is too long for a cookie.</param>
public sealed record ProviderSession(int Provider, string? IdToken)
{
    private const string ProviderKey = "oidc.provider";
    private const string TokenKey = "oidc.id_token";

    /// <summary>Sealed and written as text it grows by a third, and browsers take 4 KB a cookie.</summary>
    private const int LongestToken = 2400;

    /// <summary>Puts it into the properties of a cookie that is about to be set.</summary>
    public void Keep(AuthenticationProperties properties)
    {
        properties.SetString(ProviderKey, Provider.ToString(CultureInfo.InvariantCulture));
        properties.SetString(TokenKey, IdToken?.Length <= LongestToken ? IdToken : null);
    }

    /// <summary>Reads it out of a cookie's properties; null for a local session.</summary>
    public static ProviderSession? Of(AuthenticationProperties? properties) =>
        int.TryParse(properties?.GetString(ProviderKey), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(number, properties?.GetString(TokenKey))
            : null;
}
