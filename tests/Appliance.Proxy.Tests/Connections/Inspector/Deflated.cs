using System.IO.Compression;
using System.Text;

namespace Appliance.Proxy.Tests.Connections.Inspector;

/// <summary>Compresses messages as RFC 7692 wants them: raw DEFLATE, a sync flush, and its last four bytes left out.</summary>
internal sealed class Deflated(bool keepsWindow) : IDisposable
{
    private MemoryStream _out = new();
    private DeflateStream? _deflate;

    public byte[] Text(string text, byte[]? mask = null) => Frames.Write(0xC1, Payload(text), mask);

    public byte[] Payload(string text)
    {
        if (!keepsWindow || _deflate is null)
        {
            _deflate?.Dispose();
            _out = new MemoryStream();
            _deflate = new DeflateStream(_out, CompressionLevel.Optimal, leaveOpen: true);
        }

        _out.SetLength(0);
        _deflate.Write(Encoding.UTF8.GetBytes(text));
        _deflate.Flush();
        var bytes = _out.ToArray();
        bytes[^4..].ShouldBe([0, 0, 0xFF, 0xFF]);
        return bytes[..^4];
    }

    public void Dispose() => _deflate?.Dispose();
}
