using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Appliance.Data.Certificates;
using Appliance.Web.Forms;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// An order as somebody types it. Secrets that are stored are not in it: only that they are there. As JSON it is what a browser keeps, by the names of the controls and
/// without any secret.
/// </summary>
public sealed partial class AcmeDraft
{
    private const int LongestValue = 4096;
    private const int LongestRoot = 200;

    // What is stored: its secrets go nowhere else.
    private AcmeOrder? stored;
    private ImmutableArray<string> storedSecrets = [];

    /// <summary>What the certificate is called; empty: as its first name.</summary>
    public string Name { get; set; } = "";

    /// <summary>What it shall be good for: separated by spaces, lines or commas.</summary>
    public string Names { get; set; } = "";

    /// <summary>Code of the authority.</summary>
    public string Authority { get; set; } = CertificateAuthority.All[0].Code;

    /// <summary>Directory of another authority.</summary>
    [JsonPropertyName("directory")]
    public string DirectoryUrl { get; set; } = "";

    /// <summary>PEM of what its https address is trusted by.</summary>
    [JsonPropertyName("roots")]
    public string TrustedRoots { get; set; } = "";

    /// <summary>The contact.</summary>
    public string Email { get; set; } = "";

    /// <summary>Somebody agreed to the authority's terms.</summary>
    public bool Agreed { get; set; }

    /// <summary>Key identifier for external account binding.</summary>
    public string Kid { get; set; } = "";

    /// <summary>Its HMAC key.</summary>
    [JsonIgnore]
    public SecretText Hmac { get; set; } = new();

    /// <summary>Kind of the certificate's key.</summary>
    public string Key { get; set; } = KeyKinds.CodeOf(KeyKind.EcP256);

    /// <summary><c>http</c> or <c>dns</c>.</summary>
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
            Authority = CertificateAuthority.All.FirstOrDefault(one => one.Directory?.AbsoluteUri == order.DirectoryUrl && order.TrustedRoots is null)?.Code ?? CertificateAuthority.Other,
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
        (draft.stored, draft.storedSecrets) = (order, [.. draft.Secrets.Keys]);
        return draft;
    }

    /// <summary>Takes over what was typed before, as a browser kept it: everything but secrets. Those that are stored stay where provider and authority are the same.</summary>
    public void TakeBack(AcmeDraft kept)
    {
        (Name, Names, Authority, DirectoryUrl, TrustedRoots, Email) = (kept.Name, kept.Names, kept.Authority, kept.DirectoryUrl, kept.TrustedRoots, kept.Email);
        (Agreed, Kid, Key, Way, Resolvers, SkipCheck, PreferredChain) = (kept.Agreed, kept.Kid, kept.Key, kept.Way, kept.Resolvers, kept.SkipCheck, kept.PreferredChain);
        if (kept.Provider != Provider)
            Choose(kept.Provider, []);
        Settings.Clear();
        foreach (var (name, value) in kept.Settings)
            Settings[name] = value;
    }

    /// <summary>What is wrong, at its fields; and the order, which counts only when nothing is.</summary>
    public (IReadOnlyList<string> Names, AcmeOrder Order) Read(ImmutableArray<DnsSetting> known, List<FieldProblem> problems)
    {
        var names = AcmeNames.Read(Names, IsDns, "names", problems);
        if (Name.Trim().Length > 64)
            problems.Add(new("name", "A name has at most 64 characters."));
        if (!Address().IsMatch(Email.Trim()) || Email.Length > 254)
            problems.Add(new("email", Email.Trim().Length == 0 ? "Write an address that receives mail: the authority writes there before a certificate expires." : $"{Email.Trim()} is no mail address, such as admin@example.com."));
        if (!Agreed)
            problems.Add(new("agreed", "An authority issues only to those who agree to its terms of service."));
        if (PreferredChain.Trim() is var root && (root.Length > LongestRoot || root.Any(char.IsControl)))
            problems.Add(new("chain", $"Write the common name of a root alone, such as ISRG Root X1: one line, at most {LongestRoot} characters."));
        var directory = Directory(problems);
        Binding(problems);
        Moved(directory, known, problems);
        var (settings, resolvers) = IsDns ? Dns(known, problems) : (ImmutableSortedDictionary<string, string>.Empty, []);
        return (names, new()
        {
            DirectoryUrl = directory?.AbsoluteUri ?? "",
            Email = Email.Trim(),
            KeyType = Key,
            Challenge = IsDns ? "dns" : "http",
            DnsProvider = IsDns ? Provider : null,
            DnsSettings = settings,
            DnsResolvers = resolvers,
            SkipDnsCheck = IsDns && SkipCheck,
            TrustedRoots = Authority == CertificateAuthority.Other && TrustedRoots.Trim().Length > 0 ? TrustedRoots.Trim() : null,
            PreferredChain = PreferredChain.Trim() is { Length: > 0 } chain ? chain : null,
        });
    }

    /// <summary>The secrets, those that are stored among them where they shall stay. They stay with the provider and the authority they were given for.</summary>
    public AcmeSecrets ReadSecrets(AcmeSecrets stored) => new()
    {
        EabKeyId = Kid.Trim().Length == 0 ? null : Kid.Trim(),
        EabHmac = Kid.Trim().Length == 0 ? null : Base64Url(Hmac.Over(stored.EabHmac)),
        DnsVariables = !IsDns ? ImmutableDictionary<string, string>.Empty : Secrets
            .Select(secret => KeyValuePair.Create(secret.Key, secret.Value.Over(stored.DnsVariables.GetValueOrDefault(secret.Key)) ?? ""))
            .Where(secret => secret.Value.Length > 0).ToImmutableDictionary(),
    };

    /// <summary>Another provider, which takes these settings: the secrets that are stored for the one before do not go to it, even under the same names.</summary>
    public void Choose(string provider, ImmutableArray<DnsSetting> known)
    {
        Provider = provider;
        var isStored = provider == stored?.DnsProvider;
        foreach (var (name, secret) in Secrets.ToList())
        {
            if (known.All(setting => setting.Name != name) || (secret.IsStored && !isStored))
                Secrets.Remove(name);
        }

        foreach (var name in storedSecrets.Where(name => isStored && known.Any(setting => setting.Name == name)))
        {
            if (!Secrets.TryGetValue(name, out var there) || there is { IsStored: false, Typed.Length: 0 })
                Secrets[name] = new() { IsStored = true };
        }

        Take(known);
    }

    /// <summary>Makes place for the settings of the provider.</summary>
    public void Take(ImmutableArray<DnsSetting> known)
    {
        foreach (var setting in known)
        {
            if (!setting.IsSecret)
                Settings.TryAdd(setting.Name, "");
            else if (Settings.Remove(setting.Name, out var open) && open.Trim().Length > 0 && Secrets.GetValueOrDefault(setting.Name) is null or { IsStored: false, Typed.Length: 0 })
                Secrets[setting.Name] = new() { Typed = open }; // stored before it was known to be one: sealed with the next save
            else
                Secrets.TryAdd(setting.Name, new());
        }
    }

    /// <summary>The directory that was chosen or typed; null with a problem when it is none.</summary>
    public Uri? Directory(List<FieldProblem> problems)
    {
        if (Chosen.Directory is { } known)
            return known;
        if (TrustedRoots.Trim().Length > 0)
            CheckRoots(problems);
        if (Uri.TryCreate(DirectoryUrl.Trim(), UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && url.UserInfo.Length == 0 && url.Fragment.Length == 0)
            return url;
        problems.Add(new("directory", DirectoryUrl.Trim().Length == 0 ? "Write the address of the authority's directory, such as https://ca.example.com/acme/acme/directory." : "The address of a directory begins with https:// and has neither a user nor a fragment."));
        return null;
    }

    private void CheckRoots(List<FieldProblem> problems)
    {
        try
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(TrustedRoots);
            if (roots.Count == 0)
                problems.Add(new("roots", "There is no certificate in it; it begins with -----BEGIN CERTIFICATE-----."));
            foreach (var root in roots)
                root.Dispose();
        }
        catch (CryptographicException)
        {
            problems.Add(new("roots", "This is no certificate in PEM; copy the whole file, with its first and last line."));
        }

        if (TrustedRoots.Contains("PRIVATE KEY", StringComparison.Ordinal))
            problems.Add(new("roots", "There is a private key in it; paste the certificate alone, and keep the key to yourself."));
    }

    private void Binding(List<FieldProblem> problems)
    {
        var (kid, hmac) = (Kid.Trim(), Hmac.Typed.Trim());
        var hasHmac = hmac.Length > 0 || Hmac.Stays;
        if (kid.Length == 0 && (hmac.Length > 0 || Chosen.NeedsBinding))
            problems.Add(new("kid", $"{(Chosen.NeedsBinding ? Chosen.Name + " opens accounts only with a key that it hands out" : "The HMAC key belongs to a key identifier")}; write it here."));
        if (!hasHmac && (kid.Length > 0 || Chosen.NeedsBinding))
            problems.Add(new("hmac", "Write the HMAC key that the authority showed with the key identifier."));
        if (hmac.Length > 0 && !Base64().IsMatch(hmac))
            problems.Add(new("hmac", "An HMAC key has letters, digits, - and _ alone; copy it once more."));
        if (kid.Length > 512 || kid.Any(char.IsControl))
            problems.Add(new("kid", "This is no key identifier; copy it once more."));
    }

    // Whoever may change an order may not see its secrets: they must not be had by sending them to a server of one's own.
    private void Moved(Uri? directory, ImmutableArray<DnsSetting> known, List<FieldProblem> problems)
    {
        if (stored is null)
            return;
        if (Hmac.Stays && directory is not null && directory.AbsoluteUri != stored.DirectoryUrl)
            problems.Add(new("hmac", "The authority is another one now: write the HMAC key that this one showed, or remove it together with the key identifier."));
        if (!IsDns)
            return;
        var moved = (known.IsEmpty ? Settings.Keys : known.Select(setting => setting.Name)).Concat(stored.DnsSettings.Keys).Where(DnsSetting.IsAddress).Order(StringComparer.Ordinal)
            .FirstOrDefault(name => Settings.GetValueOrDefault(name, "").Trim() != stored.DnsSettings.GetValueOrDefault(name, ""));
        if (moved is null && Provider == stored.DnsProvider)
            return;
        foreach (var (name, _) in Secrets.Where(secret => secret.Value.Stays))
            problems.Add(new($"dns/{name}", $"{moved ?? "The provider"} is another one now: enter this secret again, or remove it. What is stored goes only where it was given for."));
    }

    private (ImmutableSortedDictionary<string, string>, ImmutableArray<string>) Dns(ImmutableArray<DnsSetting> known, List<FieldProblem> problems)
    {
        if (Provider.Length == 0)
            problems.Add(new("provider", "Choose who serves the zone."));
        foreach (var setting in known)
        {
            var value = setting.IsSecret ? Secrets.GetValueOrDefault(setting.Name)?.Typed ?? "" : Settings.GetValueOrDefault(setting.Name, "");
            if (value.Any(char.IsControl))
                problems.Add(new($"dns/{setting.Name}", "It has a line break or another control character in it; write it in one line."));
            else if (value.Length > LongestValue)
                problems.Add(new($"dns/{setting.Name}", $"It is longer than {LongestValue} characters."));
        }

        // Nothing is known while lego is away: then what is stored stays as it is.
        var names = known.IsEmpty ? [.. Settings.Keys] : known.Where(setting => !setting.IsSecret).Select(setting => setting.Name).ToHashSet(StringComparer.Ordinal);
        var resolvers = ImmutableArray.CreateBuilder<string>();
        foreach (var word in Texts.Words(Resolvers))
        {
            if (ResolverOf(word) is { } resolver)
                resolvers.Add(resolver);
            else
                problems.Add(new("resolvers", $"{word} is no name server; write an address, such as 192.0.2.53 or 192.0.2.53:5353."));
        }

        return (Settings.Where(setting => names.Contains(setting.Key) && setting.Value.Trim().Length > 0).ToImmutableSortedDictionary(setting => setting.Key, setting => setting.Value.Trim(), StringComparer.Ordinal), resolvers.ToImmutable());
    }

    private static string? ResolverOf(string word) =>
        IPAddress.TryParse(word, out var address) ? (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]:53" : $"{address}:53")
        : Host().Match(word) is { Success: true } match && (!match.Groups["port"].Success || ushort.TryParse(match.Groups["port"].Value, out _)) ? (match.Groups["port"].Success ? word : word + ":53")
        : null;

    // lego takes base64url without padding; some authorities show the other alphabet.
    private static string? Base64Url(string? key) => key?.Trim().TrimEnd('=').Replace('+', '-').Replace('/', '_');

    // The client makes a folder of this name: no slash, and nothing that begins with a dot or a hyphen.
    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._%+'-]*@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")]
    private static partial Regex Address();

    [GeneratedRegex(@"^[A-Za-z0-9_+/-]+=*$")]
    private static partial Regex Base64();

    [GeneratedRegex(@"^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:(?<port>\d{1,5}))?$")]
    private static partial Regex Host();
}
