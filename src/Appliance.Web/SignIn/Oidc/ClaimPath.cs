using System.Text.Json;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>Where a rule looks in the claims: a name, or names with dots between them into objects, as <c>realm_access.roles</c>.</summary>
/// <param name="Name">As it was written, without quotes.</param>
/// <param name="IsLiteral">It was in quotes: its dots and colons are part of one name, as in <c>"https://example.com/roles"</c>.</param>
public sealed record ClaimPath(string Name, bool IsLiteral)
{
    /// <summary>The name of the claim itself, the first of the path.</summary>
    public string Top => IsLiteral ? Name : Name.Split('.')[0];

    /// <summary>Every value: of a list each item; texts, numbers and yes/no as text. A name with dots is tried as one name first.</summary>
    public IReadOnlyList<string> ValuesIn(JsonElement claims)
    {
        if (claims.ValueKind != JsonValueKind.Object)
            return [];
        if (claims.TryGetProperty(Name, out var found))
            return Values(found);
        if (IsLiteral)
            return [];
        foreach (var name in Name.Split('.'))
        {
            if (claims.ValueKind != JsonValueKind.Object || !claims.TryGetProperty(name, out claims))
                return [];
        }

        return Values(claims);
    }

    /// <summary>True when the claim itself is there, whatever it holds.</summary>
    public bool IsIn(JsonElement claims) =>
        claims.ValueKind == JsonValueKind.Object && (claims.TryGetProperty(Name, out _) || claims.TryGetProperty(Top, out _));

    private static IReadOnlyList<string> Values(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray().Select(Text).OfType<string>()]
        : Text(element) is { } one ? [one]
        : [];

    private static string? Text(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => element.GetRawText(),
            _ => null,
        };
}
