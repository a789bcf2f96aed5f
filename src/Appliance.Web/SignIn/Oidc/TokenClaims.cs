using System.Text.Json;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>Reading the claims of a token by the types that the standards give them; another type reads as missing.</summary>
internal static class TokenClaims
{
    /// <summary>A text, or null.</summary>
    public static string? Text(this JsonElement claims, string name) =>
        claims.ValueKind == JsonValueKind.Object && claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>A moment (seconds since 1970, perhaps with a fraction), or null.</summary>
    public static DateTimeOffset? Moment(this JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var seconds)
        && seconds is > 0 and < 100_000_000_000
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    /// <summary>One text, or a list of texts.</summary>
    public static IReadOnlyList<string> Texts(this JsonElement claims, string name) =>
        !claims.TryGetProperty(name, out var value) ? []
        : value.ValueKind == JsonValueKind.String ? [value.GetString() ?? ""]
        : value.ValueKind == JsonValueKind.Array
            ?
            [
                .. value
                    .EnumerateArray()
                    .Where(element => element.ValueKind == JsonValueKind.String)
                    .Select(element => element.GetString() ?? ""),
            ]
        : [];

    /// <summary>True when the claim is there, whatever its type.</summary>
    public static bool Has(this JsonElement claims, string name) =>
        claims.ValueKind == JsonValueKind.Object && claims.TryGetProperty(name, out _);

    /// <summary>The claims of the token and what the user information adds; what is signed wins.</summary>
    public static JsonElement Merged(JsonElement signed, JsonElement more)
    {
        var all = more.EnumerateObject().GroupBy(property => property.Name).ToDictionary(group => group.Key, group => group.Last().Value);
        foreach (var claim in signed.EnumerateObject())
            all[claim.Name] = claim.Value;
        return JsonSerializer.SerializeToElement(all);
    }
}
