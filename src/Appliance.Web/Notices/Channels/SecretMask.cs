using System.Text;
using Appliance.Data.Notices;

namespace Appliance.Web.Notices.Channels;

/// <summary>Takes the secrets of a channel out of what others say: some servers say back what they were sent, or a part of it.</summary>
internal sealed class SecretMask
{
    // A shorter text is part of many words.
    private const int Shortest = 4;
    private const int ShortestPart = 8;
    private readonly string[] _forms;

    /// <summary>
    /// For the secrets of one channel, in the forms in which they are sent and said back. Paths of addresses that administrators may
    /// see are taken out as well: many services have a token there, and more people read the log.
    /// </summary>
    public SecretMask(ChannelSettings settings, ChannelSecrets secrets) =>
        _forms = [
            .. secrets
                .All()
                .Concat(UrlForms(secrets.Url))
                .Concat(UrlForms(settings.Url))
                .Concat(PasswordForms(settings.User, secrets.Password))
                .Where(form => form.Length >= Shortest)
                .Distinct(StringComparer.Ordinal)
                .OrderByDescending(form => form.Length),
        ];

    /// <summary>The text without them. Before it is cut: half a secret would not be found.</summary>
    public string Of(string text) => _forms.Aggregate(text, (said, form) => said.Replace(form, "\u2026", StringComparison.Ordinal));

    // Servers name the path that they do not know.
    private static IEnumerable<string> UrlForms(string? text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url))
            return [];
        var decoded = Uri.UnescapeDataString(url.PathAndQuery);
        return new[] { url.PathAndQuery, decoded }
            .SelectMany(form => form.Split('/', '?', '&', '=').Where(part => part.Length >= ShortestPart))
            .Concat([url.AbsoluteUri, url.PathAndQuery, decoded, url.AbsolutePath, Uri.UnescapeDataString(url.AbsolutePath)]);
    }

    // As AUTH LOGIN and AUTH PLAIN send it (RFC 4616).
    private static IEnumerable<string> PasswordForms(string? user, string? password) =>
        password is null ? [] : [Base64(password), Base64($"\0{user}\0{password}")];

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
