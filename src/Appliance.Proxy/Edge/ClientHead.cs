namespace Appliance.Proxy.Edge;

/// <summary>
/// What was read of the head of the request that is under way on an HTTP/1 connection, as a connection feature: the server under us keeps
/// neither the order of header lines nor all that
/// Connection says.
/// </summary>
internal sealed class ClientHead
{
    private byte[]? _bytes;
    private bool _isFresh;

    /// <summary>Why the request is not taken; what the server under us was shown is then a stand-in for it.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>All that the Connection lines say; null when that is not more than one of the usual options.</summary>
    public string? Connection { get; private set; }

    /// <summary>A header's name has an underscore.</summary>
    public bool HasUnderscore { get; private set; }

    /// <summary>The connection carries something else than requests from here on.</summary>
    public bool IsLeft { get; private set; }

    /// <summary>True once for every request whose head was judged here.</summary>
    public bool TakeJudged()
    {
        var was = _isFresh;
        _isFresh = false;
        return was;
    }

    /// <summary>The head with its empty line, once, of a request that asks for another protocol; else empty.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        var taken = _bytes;
        _bytes = null;
        return taken;
    }

    /// <summary>
    /// To be called before another protocol takes over: what comes is not judged any more, and no further request is taken on this
    /// connection.
    /// </summary>
    public void Leave() => IsLeft = true;

    /// <summary>The next request has this head.</summary>
    /// <param name="read">What was read.</param>
    /// <param name="kept">Its bytes, when it asks for another protocol.</param>
    public void Begin(in RequestHead read, byte[]? kept)
    {
        _isFresh = true;
        _bytes = kept;
        Refusal = null;
        Connection = read.Connection;
        HasUnderscore = read.HasUnderscore;
    }

    /// <summary>The next request is not taken.</summary>
    public void Begin(Refusal refusal)
    {
        _isFresh = true;
        _bytes = null;
        Refusal = refusal;
    }

    /// <summary>The connection is over.</summary>
    public void End() => _bytes = null;
}
