using System.Collections.Immutable;
using System.Text.Json;

namespace Appliance.Data.Certificates;

/// <summary>An order for a certificate from an authority, without its secrets.</summary>
public sealed record AcmeOrder
{
    /// <summary>The directory URL of the authority.</summary>
    public required string DirectoryUrl { get; init; }

    /// <summary>The contact of the account; empty for none.</summary>
    public string Email { get; init; } = "";

    /// <summary>Kind of the certificate's key, as the client of the authority calls it. Default EC P-256.</summary>
    public string KeyType { get; init; } = "ec256";

    /// <summary><c>http</c> (HTTP-01) or <c>dns</c> (DNS-01).</summary>
    public string Challenge { get; init; } = "http";

    /// <summary>Who serves the names' DNS zone; null with <c>http</c>.</summary>
    public string? DnsProvider { get; init; }

    /// <summary>The settings of that provider that are no secrets, by the variables that the client of the authority reads.</summary>
    public ImmutableSortedDictionary<string, string> DnsSettings { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Name servers that are asked whether a record can be seen, as host:port; empty: those of this machine.</summary>
    public ImmutableArray<string> DnsResolvers { get; init; } = [];

    /// <summary>
    /// True: the authority is told immediately that the DNS record is there. Default false: name servers are asked for the record first.
    /// </summary>
    public bool SkipDnsCheck { get; init; }

    /// <summary>PEM of the roots that the authority's https address is trusted by; null: those of this machine.</summary>
    public string? TrustedRoots { get; init; }

    /// <summary>
    /// Common name of the root whose chain is taken where the authority offers several; null: the authority's own choice.
    /// </summary>
    public string? PreferredChain { get; init; }

    /// <summary>The directories that operators may order from; any other is an administrator's decision.</summary>
    public static ImmutableArray<string> KnownDirectories { get; } =
    [
        "https://acme-v02.api.letsencrypt.org/directory",
        "https://acme-staging-v02.api.letsencrypt.org/directory",
        "https://acme.zerossl.com/v2/DV90",
        "https://dv.acme-v02.api.pki.goog/directory",
    ];

    /// <summary>
    /// True when only administrators may order it: it tells the product whom to trust with its names, or holds the keys to a DNS zone.
    /// </summary>
    public bool TakesAdministrator =>
        DnsProvider is not null || Challenge == "dns" || TrustedRoots is not null || !KnownDirectories.Contains(DirectoryUrl);

    /// <summary>As it is stored.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    /// <summary>Reads an order as it was stored.</summary>
    public static AcmeOrder Of(string json) =>
        JsonSerializer.Deserialize<AcmeOrder>(json, JsonSerializerOptions.Web) ?? throw new JsonException("There is no order.");
}

/// <summary>The secrets of an order: they are stored sealed, and shown to nobody.</summary>
public sealed record AcmeSecrets
{
    /// <summary>An order without secrets.</summary>
    public static AcmeSecrets None { get; } = new();

    /// <summary>The variables of the DNS provider: the keys to the zone.</summary>
    public ImmutableDictionary<string, string> DnsVariables { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Key id of the external account (RFC 8555, 7.3.4); null when the authority does not ask for one.</summary>
    public string? EabKeyId { get; init; }

    /// <summary>Its HMAC key, base64url.</summary>
    public string? EabHmac { get; init; }

    /// <summary>True when there is nothing to keep.</summary>
    public bool IsEmpty => DnsVariables.IsEmpty && EabKeyId is null && EabHmac is null;

    /// <summary>Says only whether there are secrets. An interpolated string can then not carry them into a log.</summary>
    public override string ToString() => IsEmpty ? "no secrets" : "secrets";

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    internal static AcmeSecrets Of(byte[] bytes) => JsonSerializer.Deserialize<AcmeSecrets>(bytes, JsonSerializerOptions.Web) ?? None;
}
