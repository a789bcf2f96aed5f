using Appliance.Proxy.Items;

namespace Appliance.Web.Startup;

/// <summary>Values of settings that are refused, as messages repeat them: on one line, and without what may be a secret.</summary>
internal static class RefusedText
{
    private const string Hidden = "\u2026";

    /// <summary>Without what may be a user and a password before a host.</summary>
    /// <param name="text">The value.</param>
    /// <param name="isUrl">It should be an address: what is behind a question mark is left out, too.</param>
    public static string Of(string text, bool isUrl = false)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var begin = scheme < 0 ? 0 : scheme + 3;
        if ((isUrl || scheme >= 0) && text.LastIndexOf('@') is var user && user >= begin)
            text = text[..begin] + Hidden + text[user..];
        if (isUrl && text.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query)
            text = text[..query] + "?" + Hidden;
        return VisibleText.Of(text);
    }

    /// <summary>
    /// The path of a file with a secret; what is no path may be the secret itself, which may have slashes in it, too (base64).
    /// </summary>
    public static string OfSecretFile(string text) =>
        text.StartsWith('/') || text.StartsWith("./", StringComparison.Ordinal) || text.StartsWith("../", StringComparison.Ordinal)
            ? VisibleText.Of(text)
            : Hidden;

    /// <summary>What to do about a user in an address; null: the address has no user.</summary>
    public static string? UserFault(string text, string? instead) =>
        !text.Contains('@', StringComparison.Ordinal) ? null
        : instead is null ? "No user and password here."
        : $"No user and password here: use {instead}.";
}
