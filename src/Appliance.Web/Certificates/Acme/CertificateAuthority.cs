using System.Collections.Immutable;

namespace Appliance.Web.Certificates.Acme;

/// <summary>An authority that issues by ACME (RFC 8555).</summary>
/// <param name="Code">How it is stored.</param>
/// <param name="Name">How people call it.</param>
/// <param name="Directory">Where its directory is; null: people say where.</param>
/// <param name="Terms">Where its terms of service can be read; null: its directory says so.</param>
/// <param name="NeedsBinding">True when an account is opened only with a key that it hands out (external account binding, RFC 8555,
/// 7.3.4).</param>
/// <param name="Note">What is worth knowing before one chooses it.</param>
public sealed record CertificateAuthority(string Code, string Name, Uri? Directory, Uri? Terms, bool NeedsBinding, string Note)
{
    /// <summary>The code of an authority that is not in the list: its directory is typed.</summary>
    public const string Other = "other";

    /// <summary>The ones that people can choose; the first is the default.</summary>
    public static ImmutableArray<CertificateAuthority> All { get; } =
    [
        new(
            "letsencrypt",
            "Let's Encrypt",
            new("https://acme-v02.api.letsencrypt.org/directory"),
            new("https://letsencrypt.org/repository/"),
            false,
            "Free, and trusted everywhere. At most 5 failed tries an hour for a name."
        ),
        new(
            "letsencrypt-staging",
            "Let's Encrypt, staging",
            new("https://acme-staging-v02.api.letsencrypt.org/directory"),
            new("https://letsencrypt.org/repository/"),
            false,
            "For trying things out: its certificates are trusted nowhere, and its limits are wide."
        ),
        new(
            "zerossl",
            "ZeroSSL",
            new("https://acme.zerossl.com/v2/DV90"),
            new("https://zerossl.com/terms/"),
            true,
            "Needs a key for external account binding, from its site under Developer."
        ),
        new(
            "google",
            "Google Trust Services",
            new("https://dv.acme-v02.api.pki.goog/directory"),
            new("https://pki.goog/GTS-SA.pdf"),
            true,
            "Needs a key for external account binding, from Google Cloud: gcloud publicca external-account-keys create."
        ),
        new(Other, "Another authority", null, null, false, "Any that speaks ACME over https, such as step-ca in your own network."),
    ];

    /// <summary>The one with that code, or null.</summary>
    public static CertificateAuthority? Find(string code) => All.FirstOrDefault(authority => authority.Code == code);
}
