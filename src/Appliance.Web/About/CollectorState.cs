using System.Collections.Immutable;

namespace Appliance.Web.About;

/// <summary>What became of the exports of one signal.</summary>
/// <param name="Name"><c>traces</c>, <c>metrics</c> or <c>logs</c>.</param>
/// <param name="Took">When the collector took something last; null: it has taken nothing yet.</param>
/// <param name="Failed">When an export failed last; null: none has.</param>
/// <param name="Reason">Why that one failed, in words that follow the collector's name; null: none has.</param>
/// <param name="Lost">How many spans, readings or lines were lost so far.</param>
/// <param name="IsFailing">The last export failed.</param>
public sealed record CollectorSignal(string Name, DateTimeOffset? Took, DateTimeOffset? Failed, string? Reason, long Lost, bool IsFailing)
{
    /// <summary>What was lost, as "12 spans"; readings of the metrics are counted, and not their values.</summary>
    public string LostInWords => InWords(Name, Lost);

    /// <summary>So many of a signal's own things.</summary>
    public static string InWords(string signal, long count)
    {
        var (one, many) = signal switch
        {
            "traces" => ("span", "spans"),
            "metrics" => ("reading of the metrics", "readings of the metrics"),
            _ => ("line of the log", "lines of the log"),
        };
        return $"{count} {(count == 1 ? one : many)}";
    }
}

/// <summary>Whether the collector takes what it is sent. For several threads.</summary>
/// <param name="endpoint">Where the collector is.</param>
/// <param name="signals">What is sent.</param>
/// <param name="time">The clock.</param>
public sealed class CollectorState(Uri endpoint, IEnumerable<string> signals, TimeProvider time)
{
    private readonly Lock _gate = new();
    private ImmutableArray<CollectorSignal> _signals = [.. signals.Order(StringComparer.Ordinal).Select(Unknown)];

    /// <summary>Where the collector is, without what stands in front of its host.</summary>
    public string Endpoint { get; } = endpoint.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>Every signal that is sent, by its name.</summary>
    public ImmutableArray<CollectorSignal> Signals
    {
        get
        {
            lock (_gate)
                return _signals;
        }
    }

    /// <summary>The collector took an export.</summary>
    public void Took(string signal) => Change(signal, state => state with { Took = time.GetUtcNow(), IsFailing = false });

    /// <summary>An export failed, and with it so much was lost.</summary>
    public void Failed(string signal, string reason, long lost) =>
        Change(signal, state => state with { Failed = time.GetUtcNow(), Reason = reason, Lost = state.Lost + lost, IsFailing = true });

    private void Change(string signal, Func<CollectorSignal, CollectorSignal> change)
    {
        lock (_gate)
            _signals = [.. _signals.Select(state => state.Name == signal ? change(state) : state)];
    }

    private static CollectorSignal Unknown(string name) => new(name, null, null, null, 0, false);
}
