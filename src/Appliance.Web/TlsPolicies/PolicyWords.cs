using Appliance.Proxy.TlsPolicies;

namespace Appliance.Web.TlsPolicies;

/// <summary>A policy in words.</summary>
public static class PolicyWords
{
    /// <summary>The choices of the form: nginx's words where it has them.</summary>
    public static IReadOnlyList<(string Value, string Text)> Verify { get; } =
    [
        ("", "Do not ask"),
        (nameof(ClientVerify.On), "Required (on)"),
        (nameof(ClientVerify.Optional), "Optional (optional)"),
        (nameof(ClientVerify.OptionalNoCa), "Optional, of any authority (optional_no_ca)"),
    ];

    /// <summary>The versions that can be the oldest one.</summary>
    public static IReadOnlyList<(string Value, string Text)> Versions { get; } =
    [(nameof(TlsVersion.Tls12), "TLS 1.2"), (nameof(TlsVersion.Tls13), "TLS 1.3")];

    /// <summary>What comes of a choice, as a sentence.</summary>
    public static string Consequence(string verify) =>
        verify switch
        {
            nameof(ClientVerify.On) => "A request without a good certificate is answered 400; over plain http, 403 or a redirect.",
            nameof(ClientVerify.Optional) =>
                "None is fine, a bad one is answered 400. Header rules say who came: $ssl_client_verify, $ssl_client_s_dn.",
            nameof(ClientVerify.OptionalNoCa) =>
                "Everybody gets in. The server that reads $ssl_client_verify decides what SUCCESS, NONE and FAILED:… are worth.",
            _ => "Not requested.",
        };

    /// <summary>The version for a list.</summary>
    public static string Name(TlsVersion version) => version == TlsVersion.Tls13 ? "TLS 1.3" : "TLS 1.2";

    /// <summary>Clients' certificates for a list.</summary>
    public static string Clients(TlsPolicy policy) =>
        policy.ClientCertificates?.Verify switch
        {
            ClientVerify.On => "required",
            ClientVerify.Optional => "optional",
            ClientVerify.OptionalNoCa => "optional, any authority",
            _ => "–",
        };

    /// <summary>The redirect for a list.</summary>
    public static string Https(TlsPolicy policy) =>
        !policy.ForceHttps ? "–"
        : policy.HttpsPort == 443 ? "forced"
        : $"forced, port {policy.HttpsPort}";

    /// <summary>Strict-Transport-Security for a list.</summary>
    public static string Hsts(TlsPolicy policy) =>
        policy.Hsts is not { } hsts
            ? "–"
            : string.Join(
                ", ",
                new[]
                {
                    Forms.Texts.Time(hsts.MaxAge),
                    hsts.IncludeSubDomains ? "subdomains" : null,
                    hsts.Preload ? "preload" : null,
                }.Where(part => part is not null)
            );
}
