using Appliance.Proxy.Certificates;

namespace Appliance.Web.Certificates;

/// <summary>Certificates as people read them.</summary>
internal static class CertificateWords
{
    /// <summary>A status in words, its colour and its icon, so that colour is not alone.</summary>
    public static (string Word, string Tone, string Icon) Of(CertificateStatus status) =>
        status switch
        {
            CertificateStatus.Served => ("served", "good", "good"),
            CertificateStatus.Shadowed => ("not needed", "off", "paused"),
            CertificateStatus.Expired => ("expired", "bad", "bad"),
            CertificateStatus.NotYet => ("not valid yet", "warn", "warning"),
            CertificateStatus.Ordered => ("being issued", "warn", "warning"),
            CertificateStatus.NotIssued => ("not issued", "bad", "bad"),
            _ => ("cannot be used", "bad", "bad"),
        };

    /// <summary>How an expiry is coloured: a class that console.css gives a look only together with others.</summary>
    public static string Tone(DateTimeOffset notAfter, DateTimeOffset now) =>
        notAfter - now < CertificateNotice.VerySoon ? "bad"
        : notAfter - now < CertificateNotice.Soon ? "warn"
        : "calm";

    /// <summary>in 23 days, 5 hours ago.</summary>
    public static string When(DateTimeOffset at, DateTimeOffset now) =>
        at > now ? $"in {CertificateNotice.Span(at - now)}" : $"{CertificateNotice.Span(now - at)} ago";

    /// <summary>Pairs of hex digits with colons, as other tools write fingerprints.</summary>
    public static string Pairs(string hex) => string.Join(':', hex.Chunk(2).Select(pair => new string(pair)));

    /// <summary>How much of its validity is over, 0 to 100.</summary>
    public static int Spent(CertificateFacts facts, DateTimeOffset now) =>
        (int)Math.Clamp((now - facts.NotBefore) / (facts.NotAfter - facts.NotBefore) * 100, 0, 100);
}
