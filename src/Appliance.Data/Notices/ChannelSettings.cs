using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Appliance.Data.Notices;

/// <summary>Where a channel leads and what it carries, without its secrets.</summary>
public sealed record ChannelSettings
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>What people call it, 1 to 64 characters. Two channels have two names.</summary>
    public required string Name { get; init; }

    /// <summary>The way.</summary>
    public ChannelKind Kind { get; init; }

    /// <summary>False: it gets nothing but tests. Default true.</summary>
    public bool IsOn { get; init; } = true;

    /// <summary>The least severe notices that it gets. Default: all.</summary>
    public NoticeSeverity Least { get; init; }

    /// <summary>The kinds of troubles that it gets. Default none: all of them.</summary>
    public ImmutableArray<string> Kinds { get; init; } = [];

    /// <summary>The address of a webhook, or of a topic of ntfy. Null for the others.</summary>
    public string? Url { get; init; }

    /// <summary>The mail server's name or address. Null for the others.</summary>
    public string? Host { get; init; }

    /// <summary>The mail server's port.</summary>
    public int Port { get; init; }

    /// <summary>How the connection to the mail server is protected.</summary>
    public MailSecurity Security { get; init; }

    /// <summary>Who signs in to the mail server. Null: nobody does.</summary>
    public string? User { get; init; }

    /// <summary>The sender's address.</summary>
    public string? From { get; init; }

    /// <summary>The addresses that get the mail.</summary>
    public ImmutableArray<string> To { get; init; } = [];

    /// <summary>True when every value is the same, in lists too.</summary>
    public bool IsSameAs(ChannelSettings other) =>
        Kinds.SequenceEqual(other.Kinds) && To.SequenceEqual(other.To) && this with { Kinds = other.Kinds, To = other.To } == other;

    /// <summary>True when it gets notices of this kind and severity.</summary>
    public bool Takes(string kind, NoticeSeverity severity) => IsOn && severity >= Least && (Kinds.IsEmpty || Kinds.Contains(kind));

    /// <summary>
    /// The place that its secrets are meant for. Secrets that are stored stay only while it is the same: nobody can send them elsewhere
    /// without knowing them.
    /// </summary>
    public string Place =>
        Kind == ChannelKind.Email ? $"{Kind} {Host} {Port} {Security} {User}"
        : Uri.TryCreate(Url, UriKind.Absolute, out var url) ? $"{Kind} {url.GetLeftPart(UriPartial.Authority)}"
        : Kind.ToString();

    /// <summary>As the audit says it: the way and where it leads, without the path of an address, which may be a secret.</summary>
    public string Words()
    {
        var where =
            Kind == ChannelKind.Email ? $"{Host}:{Port} to {string.Join(", ", To)}"
            : Uri.TryCreate(Url, UriKind.Absolute, out var url) ? url.GetLeftPart(UriPartial.Authority)
            : "a secret address";
        var what = Kinds.IsEmpty ? "all kinds" : string.Join(", ", Kinds);
        return $"{Kind}, {where}; {what}, from {Least}; {(IsOn ? "on" : "off")}";
    }

    internal string ToJson() => JsonSerializer.Serialize(this, _json);

    internal static ChannelSettings? Of(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<ChannelSettings>(json, _json);
        }
        catch (JsonException)
        {
            // Of another version: it is shown nowhere, and nothing goes there.
            return null;
        }
    }
}
