using System.Text.Json.Serialization;
using Appliance.Data.Notices;
using Appliance.Web.Forms;
using Appliance.Web.Troubles;

namespace Appliance.Web.Notices;

/// <summary>
/// A channel as somebody types it. Secrets that are stored are not in it: only that they are there. As JSON it is what a browser keeps, by
/// the names of the controls and without any secret.
/// </summary>
public sealed class ChannelDraft
{
    /// <summary>What it is called.</summary>
    public string Name { get; set; } = "";

    /// <summary>The name of a <see cref="ChannelKind"/>. Default Webhook.</summary>
    public string Kind { get; set; } = nameof(ChannelKind.Webhook);

    /// <summary>It gets notices. Default true.</summary>
    public bool On { get; set; } = true;

    /// <summary>The name of the least <see cref="NoticeSeverity"/>. Default Info: all.</summary>
    public string Least { get; set; } = nameof(NoticeSeverity.Info);

    /// <summary>Kinds of troubles by name, true for those that it gets. Default all.</summary>
    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public Dictionary<string, bool> Kinds { get; } = TroubleKind.All.ToDictionary(kind => kind.Name, _ => true, StringComparer.Ordinal);

    /// <summary>The address of a webhook, or of a topic.</summary>
    public string Url { get; set; } = "";

    /// <summary>The mail server.</summary>
    public string Host { get; set; } = "";

    /// <summary>Its port. Default 587.</summary>
    public string Port { get; set; } = "587";

    /// <summary>The name of a <see cref="MailSecurity"/>. Default StartTls.</summary>
    public string Security { get; set; } = nameof(MailSecurity.StartTls);

    /// <summary>Who signs in there; empty: nobody.</summary>
    public string User { get; set; } = "";

    /// <summary>The sender.</summary>
    public string From { get; set; } = "";

    /// <summary>Who gets the mail: separated by commas, blanks or lines.</summary>
    public string To { get; set; } = "";

    /// <summary>The address of a webhook of Slack or Discord.</summary>
    [JsonIgnore]
    public SecretText Address { get; set; } = new();

    /// <summary>The key that webhooks are signed with.</summary>
    [JsonIgnore]
    public SecretText SigningKey { get; set; } = new();

    /// <summary>The access token of ntfy.</summary>
    [JsonIgnore]
    public SecretText Token { get; set; } = new();

    /// <summary>The password at the mail server.</summary>
    [JsonIgnore]
    public SecretText Password { get; set; } = new();

    /// <summary>The place that stored secrets are meant for; null: nothing is stored.</summary>
    [JsonIgnore]
    public string? StoredPlace { get; set; }

    /// <summary>The kind that is chosen.</summary>
    [JsonIgnore]
    public ChannelKind Chosen => Enum.TryParse<ChannelKind>(Kind, out var kind) && Enum.IsDefined(kind) ? kind : ChannelKind.Webhook;

    /// <summary>The form of a channel that is stored.</summary>
    public static ChannelDraft Of(NoticeChannel channel)
    {
        var (settings, secrets) = (channel.Settings, channel.Secrets ?? ChannelSecrets.None);
        var draft = new ChannelDraft
        {
            Name = settings.Name,
            Kind = settings.Kind.ToString(),
            On = settings.IsOn,
            Least = settings.Least.ToString(),
            Url = settings.Url ?? "",
            Host = settings.Host ?? "",
            Port = settings.Port > 0 ? settings.Port.ToString(System.Globalization.CultureInfo.InvariantCulture) : "587",
            Security = settings.Security.ToString(),
            User = settings.User ?? "",
            From = settings.From ?? "",
            To = string.Join(", ", settings.To),
            Address = new() { IsStored = secrets.Url is not null },
            SigningKey = new() { IsStored = secrets.SigningKey is not null },
            Token = new() { IsStored = secrets.Token is not null },
            Password = new() { IsStored = secrets.Password is not null },
            StoredPlace = settings.Place,
        };
        if (!settings.Kinds.IsEmpty)
        {
            foreach (var kind in TroubleKind.All)
                draft.Kinds[kind.Name] = settings.Kinds.Contains(kind.Name);
        }

        return draft;
    }

    /// <summary>The secrets that are stored next: those of the chosen kind alone.</summary>
    public ChannelSecrets ReadSecrets(ChannelSecrets? stored) =>
        Chosen switch
        {
            ChannelKind.Webhook => new() { SigningKey = SigningKey.Over(stored?.SigningKey) },
            ChannelKind.Ntfy => new() { Token = Token.Over(stored?.Token) },
            ChannelKind.Email => new() { Password = User.Trim().Length > 0 ? Password.Over(stored?.Password) : null },
            _ => new() { Url = Address.Over(stored?.Url) },
        };

    /// <summary>What came back from the browser, with the secrets as they are in this form.</summary>
    public ChannelDraft TakeBack(ChannelDraft kept)
    {
        (kept.Address, kept.SigningKey, kept.Token, kept.Password) = (Address, SigningKey, Token, Password);
        kept.StoredPlace = StoredPlace;
        return kept;
    }
}
