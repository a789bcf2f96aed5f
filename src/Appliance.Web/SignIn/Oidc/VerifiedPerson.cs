using System.Text.Json;
using Appliance.Data.Accounts;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>Somebody whose sign-in at a provider was checked in every point. A feature of the request that brought the answer.</summary>
/// <param name="Issuer">The provider, by its own name.</param>
/// <param name="Claims">Everything it says; those of the id_token win over the user information.</param>
/// <param name="IdToken">The token itself, for the sign-out there.</param>
/// <param name="RefreshToken">Asks later whether the role still holds; null when the provider gave none.</param>
public sealed record VerifiedPerson(string Issuer, JsonElement Claims, string IdToken, string? RefreshToken)
{
    private static readonly string[] _names = ["preferred_username", "email", "name"];

    /// <summary>The provider's key of the person.</summary>
    public string Subject => Claims.Text("sub") ?? "";

    /// <summary>The provider's key of its session, which a logout may name; null when it gave none.</summary>
    public string? ProviderSession => Claims.Text("sid");

    /// <summary>What to call the person: what the provider says, made fit to be shown. They may have chosen it themselves.</summary>
    public string Name =>
        PersonNames.Clean(_names.Select(claim => Claims.Text(claim)).FirstOrDefault(text => !string.IsNullOrWhiteSpace(text)) ?? Subject);

    /// <summary>Records print themselves, and this one holds tokens.</summary>
    public override string ToString() => $"{Subject} of {Issuer}";

    /// <summary>True when the claims have a name for people.</summary>
    public static bool HasName(JsonElement claims) => _names.Any(name => claims.Has(name));
}
