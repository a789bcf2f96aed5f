using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Appliance.Data.Certificates;
using Appliance.Web.Forms;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// An order as somebody types it. Secrets that are stored are not in it: only that they are there. As JSON it is what a browser keeps, by
/// the names of the controls and without any secret.
/// </summary>
public sealed class AcmeDraft
{
    /// <summary>What the certificate is called; empty: as its first name.</summary>
    public string Name { get; set; } = "";

    /// <summary>What it is to be good for: separated by spaces, lines or commas.</summary>
    public string Names { get; set; } = "";

    /// <summary>Code of the authority.</summary>
    public string Authority { get; set; } = CertificateAuthority.All[0].Code;

    /// <summary>Directory of another authority.</summary>
    [JsonPropertyName("directory")]
    public string DirectoryUrl { get; set; } = "";

    /// <summary>PEM of what its https address is trusted by.</summary>
    [JsonPropertyName("roots")]
    public string TrustedRoots { get; set; } = "";

    /// <summary>The e-mail address that the authority writes to; may be empty.</summary>
    public string Email { get; set; } = "";

    /// <summary>Somebody agreed to the authority's terms.</summary>
    public bool Agreed { get; set; }

    /// <summary>Key identifier for external account binding.</summary>
    public string Kid { get; set; } = "";

    /// <summary>The HMAC key of the external account.</summary>
    [JsonIgnore]
    public SecretText Hmac { get; set; } = new();

    /// <summary>Kind of the certificate's key.</summary>
    public string Key { get; set; } = KeyKinds.CodeOf(KeyKind.EcP256);

    /// <summary>How the authority checks the names: <c>http</c> (default) or <c>dns</c>.</summary>
    public string Way { get; set; } = "http";

    /// <summary>lego's code of the provider of DNS.</summary>
    public string Provider { get; set; } = "";

    /// <summary>Its settings that are no secrets, by variable.</summary>
    [JsonPropertyName("dns"), JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal);

    /// <summary>Its secrets, by variable.</summary>
    [JsonIgnore]
    public Dictionary<string, SecretText> Secrets { get; } = new(StringComparer.Ordinal);

    /// <summary>Name servers to ask.</summary>
    public string Resolvers { get; set; } = "";

    /// <summary>Not to look for the record first.</summary>
    [JsonPropertyName("skip-check")]
    public bool SkipCheck { get; set; }

    /// <summary>Common name of the root whose chain is taken; empty: the authority's own choice.</summary>
    [JsonPropertyName("chain")]
    public string PreferredChain { get; set; } = "";

    /// <summary>Provider, settings and secrets together.</summary>
    [JsonIgnore]
    public DnsChoice Zone => field ??= new(this);

    /// <summary>The order that is stored, whose secrets go nowhere else; null: a new one.</summary>
    internal AcmeOrder? Stored { get; private set; }

    /// <summary>The variables of the secrets that are stored.</summary>
    internal ImmutableArray<string> StoredSecrets { get; private set; } = [];

    /// <summary>True when DNS is the way.</summary>
    [JsonIgnore]
    public bool IsDns => Way == "dns";

    /// <summary>The authority that was chosen.</summary>
    [JsonIgnore]
    public CertificateAuthority Chosen => CertificateAuthority.Find(Authority) ?? CertificateAuthority.All[0];

    /// <summary>Of what is stored.</summary>
    public static AcmeDraft Of(CertificateRow row, AcmeSecrets? secrets)
    {
        var order = AcmeOrder.Of(row.AcmeJson ?? throw new ArgumentException("It was not ordered.", nameof(row)));
        var draft = new AcmeDraft
        {
            Name = row.Name,
            Names = string.Join('\n', row.Names),
            Authority = CertificateAuthority
                .All.FirstOrDefault(authority => authority.Directory?.AbsoluteUri == order.DirectoryUrl && order.TrustedRoots is null)
                ?.Code
                ?? CertificateAuthority.Other,
            TrustedRoots = order.TrustedRoots ?? "",
            Email = order.Email,
            Agreed = true,
            Kid = secrets?.EabKeyId ?? "",
            Hmac = new() { IsStored = secrets?.EabHmac is not null },
            Key = KeyKinds.CodeOf(KeyKinds.Of(order.KeyType)),
            Way = order.DnsProvider is null ? "http" : "dns",
            Provider = order.DnsProvider ?? "",
            Resolvers = string.Join(' ', order.DnsResolvers),
            SkipCheck = order.SkipDnsCheck,
            PreferredChain = order.PreferredChain ?? "",
        };
        draft.DirectoryUrl = draft.Authority == CertificateAuthority.Other ? order.DirectoryUrl : "";
        foreach (var (name, value) in order.DnsSettings)
            draft.Settings[name] = value;
        foreach (var name in secrets?.DnsVariables.Keys ?? [])
            draft.Secrets[name] = new() { IsStored = true };
        (draft.Stored, draft.StoredSecrets) = (order, [.. draft.Secrets.Keys]);
        return draft;
    }

    /// <summary>
    /// Takes over what was typed before, as a browser kept it: everything but secrets. Those that are stored stay where provider and
    /// authority are the same.
    /// </summary>
    public void TakeBack(AcmeDraft kept)
    {
        (Name, Names, Authority, DirectoryUrl, TrustedRoots, Email) = (
            kept.Name,
            kept.Names,
            kept.Authority,
            kept.DirectoryUrl,
            kept.TrustedRoots,
            kept.Email
        );
        (Agreed, Kid, Key, Way, Resolvers, SkipCheck, PreferredChain) = (
            kept.Agreed,
            kept.Kid,
            kept.Key,
            kept.Way,
            kept.Resolvers,
            kept.SkipCheck,
            kept.PreferredChain
        );
        if (kept.Provider != Provider)
            Zone.Choose(kept.Provider, []);
        Settings.Clear();
        foreach (var (name, value) in kept.Settings)
            Settings[name] = value;
    }

    /// <summary>
    /// The secrets as typed, and the stored ones where their fields were left empty. Stored secrets are used only with the provider and the
    /// authority for which they were typed.
    /// </summary>
    public AcmeSecrets ReadSecrets(AcmeSecrets stored) =>
        new()
        {
            EabKeyId = Kid.Trim().Length == 0 ? null : Kid.Trim(),
            EabHmac = Kid.Trim().Length == 0 ? null : Base64Url(Hmac.Over(stored.EabHmac)),
            DnsVariables = !IsDns
                ? ImmutableDictionary<string, string>.Empty
                : Secrets
                    .Select(secret =>
                        KeyValuePair.Create(secret.Key, secret.Value.Over(stored.DnsVariables.GetValueOrDefault(secret.Key)) ?? "")
                    )
                    .Where(secret => secret.Value.Length > 0)
                    .ToImmutableDictionary(),
        };

    // lego takes base64url without padding; some authorities show the other alphabet.
    private static string? Base64Url(string? key) => key?.Trim().TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
