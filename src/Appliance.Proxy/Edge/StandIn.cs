using System.Buffers;
using System.Text;

namespace Appliance.Proxy.Edge;

/// <summary>
/// What the server under us reads in place of a request that is not taken: enough to answer it in the form that the client wants, and
/// no byte of the client's.
/// </summary>
internal static class StandIn
{
    private static readonly ReadOnlySequence<byte> _text = Of("GET", "*/*");
    private static readonly ReadOnlySequence<byte> _html = Of("GET", "text/html");
    private static readonly ReadOnlySequence<byte> _head = Of("HEAD", "*/*");

    /// <summary>The one for a request that begins so.</summary>
    public static ReadOnlySequence<byte> For(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("HEAD "u8))
            return _head;
        return bytes.IndexOf("text/html"u8) >= 0 ? _html : _text;
    }

    private static ReadOnlySequence<byte> Of(string method, string accept) =>
        new(Encoding.ASCII.GetBytes($"{method} / HTTP/1.1\r\nHost: refused.invalid\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"));
}
