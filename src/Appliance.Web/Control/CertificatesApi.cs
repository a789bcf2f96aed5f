using System.Collections.Immutable;
using Appliance.Data.Certificates;
using Appliance.Proxy;
using Appliance.Web.Certificates;

namespace Appliance.Web.Control;

/// <summary>What the command line can ask about certificates: of the running process, which alone knows what it serves.</summary>
public sealed class CertificatesApi(CertificateStore store, ProxyHost proxy, TimeProvider time)
{
    /// <summary>All of them, and what somebody should look at: what expires within so long, and what is wrong.</summary>
    public async Task<CertificateAnswer> ListAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var shelf = proxy.Certificates;
        var list = CertificateList.Of(await store.ListAsync(cancellationToken), shelf.Choice, shelf.Problems, now);
        return new([.. list.Lines.Select(Entry)], [.. CertificateNotice.Of(list, now, within).Select(notice => notice.Sentence)]);
    }

    private static CertificateEntry Entry(CertificateLine line) =>
        new(
            line.Name,
            line.Names,
            line.Facts?.Issuer,
            line.Source,
            line.File.Length == 0 ? null : line.File,
            line.Facts?.NotBefore.UtcDateTime,
            line.Facts?.NotAfter.UtcDateTime,
            line.Status,
            line.Problem ?? line.Row?.LastProblem,
            line.IsDefault,
            line.Facts?.Sha256
        );
}

/// <summary>The certificates, and what of them somebody should look at.</summary>
/// <param name="Certificates">By name.</param>
/// <param name="Notices">Sentences; none when all is well.</param>
public sealed record CertificateAnswer(ImmutableArray<CertificateEntry> Certificates, ImmutableArray<string> Notices);

/// <summary>One certificate, as commands print it. The key is not in it.</summary>
public sealed record CertificateEntry(
    string Name,
    ImmutableArray<string> Names,
    string? Issuer,
    string Source,
    string? File,
    DateTime? NotBeforeUtc,
    DateTime? NotAfterUtc,
    CertificateStatus Status,
    string? Problem,
    bool IsDefault,
    string? Sha256
);
