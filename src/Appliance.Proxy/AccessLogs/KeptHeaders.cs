using System.Collections.Immutable;

namespace Appliance.Proxy.AccessLogs;

/// <summary>One header line with its value; one char for each byte.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value without what must not be seen, cut.</param>
public readonly record struct PastHeader(string Name, string Value);

/// <summary>
/// Header lines of one request and its answer with their values, which somebody asked to keep. They are forgotten before the request is.
/// Any thread.
/// </summary>
public sealed class KeptHeaders
{
    private volatile Lines? _lines;

    /// <summary>The lines; null: they are not ready yet, or are forgotten.</summary>
    public Lines? Now => _lines;

    /// <summary>Puts the lines there, or takes them away.</summary>
    internal void Set(Lines? lines) => _lines = lines;

    /// <summary>Both directions.</summary>
    /// <param name="Request">What the client sent.</param>
    /// <param name="Answer">What it was sent.</param>
    /// <param name="MoreOfRequest">Lines of the request beyond those that are kept.</param>
    /// <param name="MoreOfAnswer">The same of the answer.</param>
    public sealed record Lines(ImmutableArray<PastHeader> Request, ImmutableArray<PastHeader> Answer, int MoreOfRequest, int MoreOfAnswer);
}
