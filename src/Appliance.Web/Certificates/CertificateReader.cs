using Appliance.Data.Certificates;
using Appliance.Proxy.Certificates;

namespace Appliance.Web.Certificates;

/// <summary>Reads the store and the shelf for the feed, and makes the list anew only when something is other than before. Not for two threads at once.</summary>
internal sealed class CertificateReader(CertificateStore store, CertificateShelf shelf)
{
    // Statuses change with time, too: an expiry is nobody's edit.
    private static readonly TimeSpan ArrangedFor = TimeSpan.FromSeconds(30);
    private IReadOnlyList<CertificateRow> rows = [];
    private long read = -1;
    private CertificateList list = CertificateList.None;
    private (IReadOnlyList<CertificateRow> Rows, CertificateChoice? Choice, DateTimeOffset At) of = ([], null, DateTimeOffset.MinValue);

    /// <summary>Reads the store when something was written. Throws what the store throws.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var now = store.Changes;
        if (now == read)
            return;
        rows = await store.ListAsync(cancellationToken);
        read = now;
    }

    /// <summary>The list of this moment.</summary>
    public CertificateList Arrange(DateTimeOffset now)
    {
        // Every change of what is wrong comes with another choice.
        var choice = shelf.Choice;
        if (ReferenceEquals(of.Rows, rows) && ReferenceEquals(of.Choice, choice) && now - of.At < ArrangedFor)
            return list;
        of = (rows, choice, now);
        return list = CertificateList.Of(rows, choice, shelf.Problems, now);
    }
}
