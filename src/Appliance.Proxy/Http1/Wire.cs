using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Http1;

/// <summary>
/// The bytes of one connection to a server: reads that never wait, waiting apart from reading, and writes. One reader and one writer at a
/// time; <see cref="Cut"/> from any thread.
/// </summary>
internal abstract class Wire : IDisposable
{
    /// <summary>What <see cref="TryReceive"/> returns when nothing has come yet.</summary>
    public const int NothingYet = -1;

    /// <summary>The event loop that watches it; null when none does.</summary>
    public abstract EpollLoop? Loop { get; }

    /// <summary>
    /// Reads what is there: how many bytes, 0 at the end, or <see cref="NothingYet"/>. Throws <see cref="IOException"/> when the connection
    /// broke.
    /// </summary>
    public abstract int TryReceive(Memory<byte> room);

    /// <summary>Completes when there may be something to receive. Throws <see cref="IOException"/> when the connection broke.</summary>
    public abstract ValueTask WaitReadableAsync();

    /// <summary>True when the last send failed before the system took a single byte of it: the server cannot have read anything.</summary>
    public virtual bool TookNothing => false;

    /// <summary>
    /// True once the connection has ended without the word that its protocol has for that: what was read may be cut off (RFC 9112, 9.8).
    /// </summary>
    public virtual bool WasCutShort => false;

    /// <summary>
    /// What to say when the server ends the connection instead of answering for the first time: it was not content with what it was shown.
    /// Null: it had asked for nothing.
    /// </summary>
    public virtual string? Refused() => null;

    /// <summary>Sends all of it. Throws <see cref="IOException"/> when the connection broke.</summary>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>False when something came, or the server ended it, while nobody used it.</summary>
    public abstract bool IsQuiet();

    /// <summary>Ends the connection immediately, both ways: reads and writes that wait fail.</summary>
    public abstract void Cut();

    /// <inheritdoc/>
    public abstract void Dispose();
}
