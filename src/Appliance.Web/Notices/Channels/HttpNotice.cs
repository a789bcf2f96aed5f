using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Appliance.Data.Notices;

namespace Appliance.Web.Notices.Channels;

/// <summary>A message as the request of a channel that takes HTTP.</summary>
public static class HttpNotice
{
    /// <summary>The longest text for ntfy, in bytes of UTF-8: of more than 4,096 it makes a file.</summary>
    private const int LongestNtfy = 3_900;

    /// <summary>
    /// The request, or null for a channel that has no address: its secrets cannot be opened, or it takes no HTTP. <paramref name="now"/> is
    /// the time in the signature.
    /// </summary>
    public static HttpRequestMessage? Of(ChannelSettings settings, ChannelSecrets secrets, NoticeMessage message, DateTimeOffset now) =>
        settings.Kind switch
        {
            ChannelKind.Webhook when settings.Url is { } url => Webhook(url, secrets.SigningKey, message, now),
            ChannelKind.Slack when secrets.Url is { } url => Json(url, ChatText.Slack(message)),
            ChannelKind.Discord when secrets.Url is { } url => Json(url, ChatText.Discord(message)),
            ChannelKind.Ntfy when settings.Url is { } url => Ntfy(url, secrets.Token, message),
            _ => null,
        };

    private static HttpRequestMessage Webhook(string url, string? key, NoticeMessage message, DateTimeOffset now)
    {
        var body = WebhookBody.Of(message);
        var request = Json(url, body);
        if (key is not null)
            request.Headers.Add(WebhookBody.SignatureHeader, WebhookBody.Signature(key, now, body));
        return request;
    }

    private static HttpRequestMessage Ntfy(string url, string? token, NoticeMessage message)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new StringContent(Cut(message.Text, LongestNtfy), Encoding.UTF8, "text/plain"),
        };
        request.Headers.Add("Title", HeaderValue(message.Title));
        var (priority, tag) = message.What switch
        {
            NoticeEvent.Over => (3, "white_check_mark"),
            NoticeEvent.Test => (3, "bell"),
            _ => message.Row.Severity switch
            {
                NoticeSeverity.Critical => (5, "rotating_light"),
                NoticeSeverity.Warning => (4, "warning"),
                _ => (2, "information_source"),
            },
        };
        request.Headers.Add("Priority", priority.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("Tags", tag);
        if (message.Link is { } link)
            request.Headers.Add("Click", link.AbsoluteUri);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    // Between two characters, never within one.
    private static string Cut(string text, int mostBytes)
    {
        var (bytes, length) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > mostBytes)
                return text[..length] + "\u2026";
            length += rune.Utf16SequenceLength;
        }

        return text;
    }

    /// <summary>A text as the value of a header: one line, and what is not ASCII as RFC 2047 encodes it.</summary>
    internal static string HeaderValue(string text)
    {
        var line = new string([.. text.Select(letter => char.IsControl(letter) ? ' ' : letter)]);
        return line.All(char.IsAscii) ? line : $"=?UTF-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(line))}?=";
    }

    private static HttpRequestMessage Json(string url, string body) =>
        new(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
}
