using Appliance.Data.Certificates;
using Appliance.Proxy.Certificates;

namespace Appliance.Web.Live;

/// <summary>
/// Reads stored and served certificates for the feed, and makes new facts only when something changed. Not for two threads at the same
/// time.
/// </summary>
internal sealed class ShelfReader(CertificateStore store, CertificateShelf shelf)
{
    // What is worked out from them changes with time, too: an expiry is nobody's edit.
    private static readonly TimeSpan _goodFor = TimeSpan.FromSeconds(30);
    private IReadOnlyList<CertificateRow> _rows = [];
    private long _read = -1;
    private ShelfFacts _facts = ShelfFacts.None;

    /// <summary>Reads the store when something was written. Throws what the store throws.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var now = store.Changes;
        if (now == _read)
            return;
        _rows = await store.ListAsync(cancellationToken);
        _read = now;
    }

    /// <summary>The facts of this moment.</summary>
    public ShelfFacts FactsAt(DateTimeOffset now)
    {
        // Every change of what is wrong comes with another choice.
        var choice = shelf.Choice;
        if (ReferenceEquals(_facts.Rows, _rows) && ReferenceEquals(_facts.Choice, choice) && now - _facts.At < _goodFor)
            return _facts;
        return _facts = new(_rows, choice, shelf.Problems, now);
    }
}
