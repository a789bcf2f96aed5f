using Appliance.Data.Accounts;

namespace Appliance.Web.People;

/// <summary>API tokens in words.</summary>
public static class TokenWords
{
    /// <summary>The choices of the form: how long a token holds. Empty: until it is revoked.</summary>
    public static IReadOnlyList<(string Value, string Text)> Lives { get; } =
    [("30", "after 30 days"), ("90", "after 90 days"), ("365", "after a year"), ("", "never")];

    /// <summary>Whether a token can be used, as a word, the look of it, and why not.</summary>
    /// <param name="token">The token.</param>
    /// <param name="disabled">The accounts that are disabled.</param>
    /// <param name="now">The time.</param>
    public static (string Word, string Look, string? Why) State(ApiToken token, IReadOnlySet<long> disabled, DateTime now) =>
        token.HasExpired(now) ? ("expired", "bad", "Its time is over; revoke it, and make another one.")
        : token.AccountId is { } owner && disabled.Contains(owner)
            ? ("blocked", "bad", "The person who made it is disabled. Until they are enabled again it is worth nothing.")
        : ("valid", "good", null);

    /// <summary>When it expires, as a day.</summary>
    public static string Expiry(ApiToken token) => token.ExpiresUtc is { } expires ? $"{expires:yyyy-MM-dd}" : "never";
}
