using Appliance.Data.Certificates;
using Appliance.Proxy.Certificates;

namespace Appliance.Web.Certificates;

/// <summary>
/// Reads the store and the shelf for the feed, and makes the list again only when something is other than before. Not for two threads at
/// once.
/// </summary>
internal sealed class CertificateReader(CertificateStore store, CertificateShelf shelf)
{
    // Statuses change with time, too: an expiry is nobody's edit.
    private static readonly TimeSpan _arrangedFor = TimeSpan.FromSeconds(30);
    private IReadOnlyList<CertificateRow> _rows = [];
    private long _read = -1;
    private CertificateList _list = CertificateList.None;
    private (IReadOnlyList<CertificateRow> Rows, CertificateChoice? Choice, DateTimeOffset At) _of = ([], null, DateTimeOffset.MinValue);

    /// <summary>Reads the store when something was written. Throws what the store throws.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var now = store.Changes;
        if (now == _read)
            return;
        _rows = await store.ListAsync(cancellationToken);
        _read = now;
    }

    /// <summary>The list of this moment.</summary>
    public CertificateList Arrange(DateTimeOffset now)
    {
        // Every change of what is wrong comes with another choice.
        var choice = shelf.Choice;
        if (ReferenceEquals(_of.Rows, _rows) && ReferenceEquals(_of.Choice, choice) && now - _of.At < _arrangedFor)
            return _list;
        _of = (_rows, choice, now);
        return _list = CertificateList.Of(_rows, choice, shelf.Problems, now);
    }
}
