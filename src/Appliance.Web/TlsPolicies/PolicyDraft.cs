using System.Globalization;
using Appliance.Proxy.TlsPolicies;
using Appliance.Web.Forms;

namespace Appliance.Web.TlsPolicies;

/// <summary>A TLS policy as text in the fields of its form. What is switched off keeps its text as long as the form is open.</summary>
public sealed class PolicyDraft
{
    public string Name { get; set; } = "";
    public string Hosts { get; set; } = "";
    public string Tags { get; set; } = "";
    public bool ForceHttps { get; set; }
    public string HttpsPort { get; set; } = "443";
    public string MinVersion { get; set; } = nameof(TlsVersion.Tls12);
    public HstsDraft Hsts { get; set; } = new();
    public ClientsDraft ClientCertificates { get; set; } = new();

    public static PolicyDraft Of(TlsPolicy policy) =>
        new()
        {
            Name = policy.Name,
            Hosts = string.Join('\n', policy.Hosts),
            Tags = string.Join(' ', policy.Tags),
            ForceHttps = policy.ForceHttps,
            HttpsPort = policy.HttpsPort.ToString(CultureInfo.InvariantCulture),
            MinVersion = policy.MinVersion.ToString(),
            Hsts = HstsDraft.Of(policy.Hsts),
            ClientCertificates = ClientsDraft.Of(policy.ClientCertificates),
        };

    /// <summary>The policy it means; what cannot be read gets a problem and its default.</summary>
    public TlsPolicy Read(Guid id, List<FieldProblem> problems) =>
        new()
        {
            Id = id,
            Name = Name.Trim(),
            Hosts = [.. Texts.Hosts(Hosts)],
            Tags = [.. Texts.Words(Tags)],
            ForceHttps = ForceHttps,
            HttpsPort = Texts.Number(HttpsPort, 443, "httpsPort", problems),
            MinVersion = Enum.TryParse<TlsVersion>(MinVersion, out var version) ? version : TlsVersion.Tls12,
            Hsts = Hsts.Read("hsts", problems),
            ClientCertificates = ClientCertificates.Read("clientCertificates", problems),
        };
}

/// <summary>The fields for Strict-Transport-Security, as text.</summary>
public sealed class HstsDraft
{
    private static readonly HstsPolicy _defaults = new();

    public bool Send { get; set; }
    public string MaxAge { get; set; } = Texts.Time(_defaults.MaxAge);
    public bool IncludeSubDomains { get; set; }
    public bool Preload { get; set; }

    public static HstsDraft Of(HstsPolicy? hsts) =>
        hsts is null
            ? new()
            : new()
            {
                Send = true,
                MaxAge = Texts.Time(hsts.MaxAge),
                IncludeSubDomains = hsts.IncludeSubDomains,
                Preload = hsts.Preload,
            };

    public HstsPolicy? Read(string path, List<FieldProblem> problems) =>
        Send
            ? new()
            {
                MaxAge = Texts.Time(MaxAge, _defaults.MaxAge, path + "/maxAge", problems),
                IncludeSubDomains = IncludeSubDomains,
                Preload = Preload,
            }
            : null;
}

/// <summary>Clients' certificates as text.</summary>
public sealed class ClientsDraft
{
    /// <summary>One of the words of <see cref="ClientVerify"/>, or empty: nobody is asked.</summary>
    public string Verify { get; set; } = "";
    public string Trusted { get; set; } = "";
    public string Depth { get; set; } = "1";

    /// <summary>True when clients are asked.</summary>
    public bool Asks => Enum.TryParse<ClientVerify>(Verify, out _);

    public static ClientsDraft Of(ClientCertificatePolicy? clients) =>
        clients is null
            ? new()
            : new()
            {
                Verify = clients.Verify.ToString(),
                Trusted = clients.Trusted,
                Depth = clients.Depth.ToString(CultureInfo.InvariantCulture),
            };

    public ClientCertificatePolicy? Read(string path, List<FieldProblem> problems) =>
        Enum.TryParse<ClientVerify>(Verify, out var verify)
            // Browsers write other line ends into what was pasted; stored, they would be a change.
            ? new()
            {
                Verify = verify,
                Trusted = Trusted.ReplaceLineEndings("\n"),
                Depth = Texts.Number(Depth, 1, path + "/depth", problems),
            }
            : null;
}
