using System.Text.Json;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>Somebody whose sign-in at a provider was checked in every point. A feature of the request that brought the answer.</summary>
/// <param name="Issuer">The provider, by its own name.</param>
/// <param name="Claims">Everything it says; those of the id_token win over the user information.</param>
/// <param name="IdToken">The token itself, for the sign-out there.</param>
/// <param name="RefreshToken">Asks later whether the role still holds; null when the provider gave none.</param>
public sealed record VerifiedPerson(string Issuer, JsonElement Claims, string IdToken, string? RefreshToken)
{
    private static readonly string[] Names = ["preferred_username", "email", "name"];

    /// <summary>Longest name of an account.</summary>
    private const int LongestName = 64;

    /// <summary>The provider's key of the person.</summary>
    public string Subject => Claims.Text("sub") ?? "";

    /// <summary>The provider's key of its session, which a logout may name; null when it gave none.</summary>
    public string? ProviderSession => Claims.Text("sid");

    /// <summary>What to call the person.</summary>
    public string Name
    {
        get
        {
            var name = Names.Select(one => Claims.Text(one)).FirstOrDefault(one => !string.IsNullOrWhiteSpace(one)) ?? Subject;
            var clean = new string([.. name.Where(one => char.GetUnicodeCategory(one) is not (System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format))]).Trim();
            return clean.Length > LongestName ? clean[..LongestName] : clean;
        }
    }

    /// <summary>Records print themselves, and this one holds tokens.</summary>
    public override string ToString() => $"{Subject} of {Issuer}";

    /// <summary>True when the claims have a name for people.</summary>
    public static bool HasName(JsonElement claims) => Names.Any(name => claims.Has(name));
}
