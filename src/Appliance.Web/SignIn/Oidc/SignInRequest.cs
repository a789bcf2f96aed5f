using System.Globalization;
using Microsoft.AspNetCore.Authentication;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// What a sign-in that is under way carries along: sealed in <c>state</c>, so that nobody between here and the provider can read or change
/// it.
/// </summary>
public static class SignInRequest
{
    private const string AskedKey = "oidc.asked";
    private const string MaxAgeKey = "oidc.max_age";
    private const string PromptKey = "oidc.prompt";
    private const string SignedOutKey = "oidc.signed_out";
    private const string TrialKey = "oidc.trial";
    private const string PersonKey = "oidc.person";

    /// <summary>A usual sign-in that ends at <paramref name="to"/>.</summary>
    public static AuthenticationProperties Usual(string to) => new() { RedirectUri = to };

    /// <summary>One that makes the provider ask who it is, and not go by the session that it remembers.</summary>
    public static AuthenticationProperties Another(string to, string prompt) =>
        new(new Dictionary<string, string?> { [PromptKey] = prompt }) { RedirectUri = to };

    /// <summary>The first one after a sign-out here.</summary>
    public static AuthenticationProperties AfterSignOut(string to) =>
        new(new Dictionary<string, string?> { [PromptKey] = "login", [SignedOutKey] = "1" }) { RedirectUri = to };

    /// <summary>A trial: it shows what would happen, and signs nobody in.</summary>
    public static AuthenticationProperties Trial(string id, string to) =>
        new(new Dictionary<string, string?> { [TrialKey] = id }) { RedirectUri = to };

    /// <summary>The same person again, at the provider now and not by a session it remembers.</summary>
    public static AuthenticationProperties Fresh(long accountId, TimeSpan maxAge, string to) =>
        new(
            new Dictionary<string, string?>
            {
                [PersonKey] = accountId.ToString(CultureInfo.InvariantCulture),
                [MaxAgeKey] = ((long)maxAge.TotalSeconds).ToString(CultureInfo.InvariantCulture),
                [PromptKey] = "login",
            }
        )
        {
            RedirectUri = to,
        };

    /// <summary>True for a sign-in that went to the provider.</summary>
    public static bool HasBegun(this AuthenticationProperties properties) => properties.Number(AskedKey) is not null;

    /// <summary>When the sign-in began, UTC.</summary>
    public static DateTimeOffset AskedAt(this AuthenticationProperties properties) =>
        DateTimeOffset.FromUnixTimeSeconds(properties.Number(AskedKey) ?? 0);

    /// <summary>How old the person's sign-in at the provider may be; null: any.</summary>
    public static TimeSpan? MaxAge(this AuthenticationProperties properties) =>
        properties.Number(MaxAgeKey) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>The trial it belongs to; null: none.</summary>
    public static string? TrialId(this AuthenticationProperties properties) => properties.GetString(TrialKey);

    /// <summary>The account that must come back; null: anybody.</summary>
    public static long? MustBe(this AuthenticationProperties properties) => properties.Number(PersonKey);

    /// <summary>What the provider is to ask the person for (<c>prompt</c>); null: what it thinks right.</summary>
    public static string? Prompt(this AuthenticationProperties properties) => properties.GetString(PromptKey);

    /// <summary>True for the first one after a sign-out here.</summary>
    public static bool IsAfterSignOut(this AuthenticationProperties properties) => properties.GetString(SignedOutKey) is not null;

    /// <summary>To be called when it goes to the provider.</summary>
    public static void Begin(this AuthenticationProperties properties, DateTimeOffset now) =>
        properties.SetString(AskedKey, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));

    private static long? Number(this AuthenticationProperties properties, string key) =>
        long.TryParse(properties.GetString(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
