using System.Globalization;
using Appliance.Data.Notices;
using Appliance.Proxy.Items;
using Appliance.Web.Forms;
using Appliance.Web.Troubles;
using MimeKit;

namespace Appliance.Web.Notices;

/// <summary>What a draft of a channel means, and what is wrong with it.</summary>
public static class ChannelRules
{
    private const int LongestName = 64;
    private const int LongestUrl = 2_000;
    private const int MostRecipients = 20;
    private static readonly char[] _separators = [',', ';', ' ', '\r', '\n', '\t'];

    /// <summary>The settings, or null with what is wrong.</summary>
    public static ChannelSettings? Read(ChannelDraft draft, List<FieldProblem> problems)
    {
        var before = problems.Count;
        var name = draft.Name.Trim();
        if (name.Length is 0 or > LongestName || VisibleText.Of(name) != name)
            problems.Add(new("name", $"Give the channel a name of at most {LongestName} characters, on one line."));
        var kinds = TroubleKind.All.Where(kind => draft.Kinds.GetValueOrDefault(kind.Name, true)).Select(kind => kind.Name).ToList();
        if (kinds.Count == 0)
            problems.Add(new("kinds", "Choose at least one kind of trouble, or switch the channel off."));
        var settings = new ChannelSettings
        {
            Name = name,
            Kind = draft.Chosen,
            IsOn = draft.On,
            Least = Enum.TryParse<NoticeSeverity>(draft.Least, out var least) ? least : NoticeSeverity.Info,

            // All of them are also those that come with a later version.
            Kinds = kinds.Count == TroubleKind.All.Length ? [] : [.. kinds],
        };
        settings = draft.Chosen switch
        {
            ChannelKind.Webhook => settings with { Url = ReadUrl(draft.Url, "url", "https://example.com/hook", problems) },
            ChannelKind.Ntfy => settings with { Url = ReadTopic(draft.Url, problems) },
            ChannelKind.Email => ReadMail(settings, draft, problems),
            _ => settings,
        };
        if (draft.Chosen is ChannelKind.Slack or ChannelKind.Discord && !draft.Address.Stays)
            ReadUrl(draft.Address.Typed, "address", Example(draft.Chosen), problems);
        CheckSecret(draft.Chosen == ChannelKind.Ntfy, draft.Token, "token", settings, draft, problems);
        CheckSecret(draft.Chosen == ChannelKind.Email && settings.User is not null, draft.Password, "password", settings, draft, problems);
        return problems.Count == before ? settings : null;
    }

    /// <summary>An address of a chat's webhook, as it looks.</summary>
    public static string Example(ChannelKind kind) =>
        kind == ChannelKind.Discord ? "https://discord.com/api/webhooks/" : "https://hooks.slack.com/services/";

    private static string? ReadUrl(string text, string path, string example, List<FieldProblem> problems)
    {
        text = text.Trim();
        if (
            text.Length <= LongestUrl
            && Uri.TryCreate(text, UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
            && url.UserInfo.Length == 0
            && !text.Any(char.IsControl)
        )
            return text;
        problems.Add(new(path, $"Enter an address with http or https, without a user, as {example}."));
        return null;
    }

    private static string? ReadTopic(string text, List<FieldProblem> problems)
    {
        const string example = "https://ntfy.sh/my-topic";
        if (ReadUrl(text, "url", example, problems) is not { } url)
            return null;
        if (new Uri(url) is { AbsolutePath.Length: > 1, Query.Length: 0 })
            return url;
        problems.Add(new("url", $"Enter the address of a topic, as {example}."));
        return null;
    }

    private static ChannelSettings ReadMail(ChannelSettings settings, ChannelDraft draft, List<FieldProblem> problems)
    {
        var host = draft.Host.Trim();
        if (Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown)
            problems.Add(new("host", "Enter the mail server's name or address, as smtp.example.com."));
        if (!int.TryParse(draft.Port, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            problems.Add(new("port", "Enter a port from 1 to 65535; 587 is usual with STARTTLS, 465 with TLS."));
        var security = Enum.TryParse<MailSecurity>(draft.Security, out var chosen) ? chosen : MailSecurity.StartTls;
        var user = draft.User.Trim();
        if (user.Length > 0 && security == MailSecurity.None)
            problems.Add(new("security", "A password is not sent without TLS; choose STARTTLS or TLS, or leave the user out."));
        var from = ReadAddress(draft.From.Trim());
        if (from is null)
            problems.Add(new("from", "Enter the sender's address, as appliance@example.com."));
        var to = draft.To.Split(_separators, StringSplitOptions.RemoveEmptyEntries);
        if (to.FirstOrDefault(address => ReadAddress(address) is null) is { } wrong)
            problems.Add(
                new("to", $"{VisibleText.Of(wrong)} is no address; enter addresses as admin@example.com, with commas between them.")
            );
        else if (to.Length is 0 or > MostRecipients)
            problems.Add(new("to", $"Enter 1 to {MostRecipients} addresses, with commas between them."));
        return settings with
        {
            Host = host.Trim('[', ']'),
            Port = port,
            Security = security,
            User = user.Length > 0 ? user : null,
            From = from,
            To = [.. to],
        };
    }

    // Only the address: a name beside it would be another way to write a header.
    private static string? ReadAddress(string text) =>
        text.Length > 0
        && !text.Any(char.IsControl)
        && MailboxAddress.TryParse(text, out var address)
        && address.Address.Contains('@')
        && address.Domain.Length > 0
            ? address.Address
            : null;

    // What is stored for one place must not be sent to another one by somebody who does not know it.
    private static void CheckSecret(
        bool counts,
        SecretText secret,
        string path,
        ChannelSettings settings,
        ChannelDraft draft,
        List<FieldProblem> problems
    )
    {
        if (counts && secret.Stays && draft.StoredPlace is { } place && place != settings.Place)
            problems.Add(new(path, "It was stored for another server or user: replace it, or remove it."));
    }
}
