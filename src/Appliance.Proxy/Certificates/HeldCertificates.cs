using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Certificates;

/// <summary>
/// The certificates that the product holds, made ready for handshakes. One that changed and cannot be used leaves the one from before. Not
/// for two threads at the same time.
/// </summary>
internal sealed class HeldCertificates(TimeProvider time, ILogger log)
{
    private readonly Dictionary<Guid, (long Version, ServedCertificate? Certificate, CertificateProblem? Problem)> _known = [];

    /// <summary>What can be served, in the order of the source.</summary>
    public ImmutableArray<ServedCertificate> Served { get; private set; } = [];

    /// <summary>The certificates that cannot be used, and why.</summary>
    public ImmutableArray<CertificateProblem> Problems { get; private set; } = [];

    /// <summary>Takes what was read. True when anything is other than before.</summary>
    public bool Take(IReadOnlyList<HeldCertificate> held)
    {
        var changed = false;
        foreach (var gone in _known.Keys.Except(held.Select(kept => kept.Id)).ToList())
        {
            changed = true;
            if (_known.Remove(gone, out var before) && before.Certificate is { } certificate)
                log.HeldGone(certificate.Name);
        }

        foreach (var offered in held)
            changed |= Take(offered);
        if (!changed)
            return false;
        Served = [.. held.Select(kept => _known[kept.Id].Certificate).OfType<ServedCertificate>()];
        Problems = [.. held.Select(kept => _known[kept.Id].Problem).OfType<CertificateProblem>()];
        return true;
    }

    private bool Take(HeldCertificate held)
    {
        var before = _known.GetValueOrDefault(held.Id);
        if (before.Version == held.Version)
            return false;
        var (certificate, fault) = Ready(held);
        _known[held.Id] = (held.Version, certificate ?? before.Certificate, fault is null ? null : new("", fault) { Held = held.Id });
        if (certificate is null)
        {
            log.HeldNotUsable(held.Name, fault ?? "");
            return true;
        }

        log.HeldServed(held.Name, string.Join(", ", certificate.Names), certificate.NotAfter);
        if (!certificate.IsValidAt(time.GetUtcNow()))
            log.HeldNotValid(held.Name, certificate.NotBefore, certificate.NotAfter);
        return true;
    }

    private static (ServedCertificate?, string?) Ready(HeldCertificate held)
    {
        if (held.Key is not { } key)
            return (null, held.Fault ?? $"{held.Name} has no key.");
        return CertificateParser.FromParts(held.Chain, key.Span) switch
        {
            CertificateReading.Read read => (ServedCertificate.OfHeld(held, read), null),
            CertificateReading.Refused refused => (null, $"{held.Name} {refused.Reason}."),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}

internal static partial class HeldCertificatesLog
{
    [LoggerMessage(1610, LogLevel.Information, "Certificate {Name} of the store is served for {Names}, valid until {NotAfter:u}.")]
    public static partial void HeldServed(this ILogger log, string name, string names, DateTimeOffset notAfter);

    [LoggerMessage(1611, LogLevel.Error, "Certificate {Name} of the store cannot be served; the others are. {Fault}")]
    public static partial void HeldNotUsable(this ILogger log, string name, string fault);

    [LoggerMessage(
        1612,
        LogLevel.Warning,
        "Certificate {Name} of the store is valid from {NotBefore:u} to {NotAfter:u}, not now; it is served only where no other has "
            + "its names."
    )]
    public static partial void HeldNotValid(this ILogger log, string name, DateTimeOffset notBefore, DateTimeOffset notAfter);

    [LoggerMessage(1613, LogLevel.Information, "Certificate {Name} is gone from the store and served no more.")]
    public static partial void HeldGone(this ILogger log, string name);
}
