namespace Appliance.Proxy.Dialing;

/// <summary>How one try at one server ended. A closed set: every end has its row in the table of verdicts.</summary>
internal enum TryEnd
{
    /// <summary>The server's answer is the client's, whatever its status.</summary>
    Answered,

    /// <summary>No connection came about: refused, unreachable, its name unknown, its certificate not accepted.</summary>
    NotReached,

    /// <summary>No connection came about in time.</summary>
    NotReachedInTime,

    /// <summary>The server ended a connection behind the TLS handshake for what was shown to it, and read no request.</summary>
    Refused,

    /// <summary>A fresh connection ended before the whole head of an answer, or what came is not HTTP.</summary>
    NoAnswer,

    /// <summary>No answer came in time.</summary>
    Late,

    /// <summary>An answer came whole, but cannot be handed on: a protocol that nobody asked for, a coding that nobody reads.</summary>
    BadAnswer,

    /// <summary>The answer ended, or stood still for too long, in the middle of its body.</summary>
    CutAnswer,

    /// <summary>
    /// The answer ended with its connection, under TLS, without TLS's word for the end (close_notify): it may be whole, or cut by anybody
    /// on the way.
    /// </summary>
    UnsureEnd,

    /// <summary>
    /// A kept connection turned out to be closed before the first byte of an answer; the server may have read the request.
    /// </summary>
    Stale,

    /// <summary>A kept connection turned out to be closed before one byte of the request left.</summary>
    StaleUnsent,

    /// <summary>The client went away, or does not take the answer.</summary>
    ClientGone,

    /// <summary>The client's body is broken, or larger than the route accepts.</summary>
    ClientBroken,

    /// <summary>The client's body came too slowly.</summary>
    ClientTooSlow,

    /// <summary>The request cannot be written as the client or a rule wants it.</summary>
    Unsendable,

    /// <summary>The answer came whole, and we could not write it to the client.</summary>
    Unwritable,

    /// <summary>A fault of our own.</summary>
    Faulted,

    /// <summary>Something of this machine has run out: open files, memory, ports.</summary>
    LocalWant,
}

/// <summary>When the next server may be asked.</summary>
internal enum NextServer
{
    /// <summary>Never: there is an answer, nobody who waits for one, or every server would fail alike.</summary>
    Never,

    /// <summary>When to do it twice is harmless (RFC 9110, 9.2.2): this server may have done it.</summary>
    WhenIdempotent,

    /// <summary>Always: nothing was sent.</summary>
    Always,
}
