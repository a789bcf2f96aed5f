using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Appliance.Data.Notices;

namespace Appliance.Web.Notices.Channels;

/// <summary>Notices as chats take them: what is marked up in a chat is written so that names stay names.</summary>
public static class ChatText
{
    /// <summary>The longest text that Discord takes.</summary>
    private const int LongestDiscord = 2_000;

    /// <summary>Room for the title, the link and their marks.</summary>
    private const int LongestText = 1_200;

    // A blank without width: it keeps apart what would be read together.
    private const char Gap = '\u200B';

    // The narrowest blank that a chat takes for one.
    private const char Hair = '\u200A';

    // It looks like a backtick.
    private const char Grave = '\u02CB';

    private static readonly JsonSerializerOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON of an incoming webhook of Slack (docs.slack.dev, "Formatting message text").</summary>
    public static string Slack(NoticeMessage message)
    {
        var link = message.Link is { } address ? $"\n<{EscapeEntities(address.AbsoluteUri)}|Look at it>" : "";
        var text = $"{Mark(message)} *{EscapeSlack(message.Title)}*\n{EscapeSlack(Cut(message.Text))}{link}";
        return JsonSerializer.Serialize(new { text }, _json);
    }

    /// <summary>The JSON of a webhook of Discord. Nobody is mentioned, whatever a name says.</summary>
    public static string Discord(NoticeMessage message)
    {
        var link = message.Link is { } address ? $"\n<{address.AbsoluteUri}>" : "";
        var content = $"{Mark(message)} **{EscapeMarkdown(message.Title)}**\n{EscapeMarkdown(Cut(message.Text))}";
        content = content.Length + link.Length <= LongestDiscord ? content + link : content[..Math.Min(content.Length, LongestDiscord)];
        return JsonSerializer.Serialize(new { content, allowed_mentions = new { parse = Array.Empty<string>() } }, _json);
    }

    /// <summary>A picture of what happened, beside the words.</summary>
    internal static string Mark(NoticeMessage message) =>
        message.What switch
        {
            NoticeEvent.Over => "\u2705",
            NoticeEvent.Test => "\U0001F514",
            _ => message.Row.Severity switch
            {
                NoticeSeverity.Critical => "\U0001F534",
                NoticeSeverity.Warning => "\U0001F7E0",
                _ => "\u2139\uFE0F",
            },
        };

    // Mattermost and Rocket.Chat take the same, and besides read mentions, links and marks of Markdown as they stand. None of them has an
    // escape that the others know.
    private static string EscapeSlack(string text)
    {
        var plain = WithoutLinks(EscapeEntities(text));
        var escaped = new StringBuilder(plain.Length + 16);
        for (var at = 0; at < plain.Length; at++)
        {
            var (before, letter) = (at == 0 ? '\n' : plain[at - 1], plain[at]);
            switch (letter)
            {
                case '_' when IsOfAName(before) && at + 1 < plain.Length && IsOfAName(plain[at + 1]):
                    escaped.Append(letter);
                    break;
                case '*' or '_' or '~':
                    // Between blanks it marks nothing (CommonMark, 6.2); one without width is no blank there.
                    escaped.Append(Hair).Append(letter).Append(Hair);
                    break;
                case '`':
                    escaped.Append(Grave);
                    break;
                case '@':
                    escaped.Append(letter).Append(Gap);
                    break;
                case '[' when before == '!':
                case '(' when before == ']':
                case '&' or '#' or '-' or '+' when before == '\n':
                    escaped.Append(Gap).Append(letter);
                    break;
                default:
                    escaped.Append(letter);
                    break;
            }
        }

        return escaped.ToString();
    }

    // What chats turn into links unasked: addresses with a scheme, and names of hosts.
    private static string WithoutLinks(string text)
    {
        var apart = new StringBuilder(text.Length + 16);
        for (var at = 0; at < text.Length; at++)
        {
            apart.Append(text[at]);
            var isScheme = text[at] == ':' && text.AsSpan(at + 1).StartsWith("//");
            var isHost =
                text[at] == '.' && at > 0 && at + 1 < text.Length && char.IsLetterOrDigit(text[at - 1]) && char.IsLetter(text[at + 1]);
            if (isScheme || isHost)
                apart.Append(Gap);
        }

        return apart.ToString();
    }

    private static bool IsOfAName(char letter) => char.IsLetterOrDigit(letter);

    private static string EscapeEntities(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);

    private static string EscapeMarkdown(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var letter in WithoutLinks(text))
        {
            if ("\\*_~`|>#[]()<@".Contains(letter, StringComparison.Ordinal))
                escaped.Append('\\');
            escaped.Append(letter);
        }

        return escaped.ToString();
    }

    private static string Cut(string text) => text.Length <= LongestText ? text : text[..LongestText] + "\u2026";
}
