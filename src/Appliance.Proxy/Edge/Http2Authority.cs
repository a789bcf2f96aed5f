using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Appliance.Proxy.Edge;

/// <summary>
/// Finds requests over HTTP/2 whose Host differs from <c>:authority</c> (RFC 9113, 8.3.1). The server under us writes the one over the
/// other before anything else sees them; but it asks
/// for an encoding whenever it makes the text of a header. So both get a number behind them, as if it were the end of a port, which the
/// gate takes off again; and Host is compared where
/// it is read, behind <c>:authority</c>. A connection feature.
/// </summary>
internal sealed class Http2Authority
{
    private const char ZeroMark = '\x7f';
    private const int Digits = 9;
    private const int MostNumber = 1_000_000_000;
    private static readonly AsyncLocal<Http2Authority?> _current = new();
    private static readonly Encoding _authorityText = new NumberedText(isHost: false);
    private static readonly Encoding _hostText = new NumberedText(isHost: true);
    private static readonly Encoding _pathText = new PathText();

    private readonly ConcurrentDictionary<int, bool> _contradicted = [];
    private string _authority = "";
    private int _number;

    /// <summary>A path as the client sent it (<see cref="PathText"/>).</summary>
    public static string PathAsSent(string path) => path.Replace(ZeroMark + "00", "%00", StringComparison.Ordinal);

    /// <summary>For the HTTP/2 connection that is under way here.</summary>
    public static Http2Authority Begin() => _current.Value = new();

    /// <summary>The encoding of a header's value: Latin-1 keeps bytes above 0x7F as they are.</summary>
    public static Encoding EncodingOf(string name) =>
        name.Length switch
        {
            5 when name == ":path" => _pathText,
            4 when name == HeaderNames.Host && _current.Value is not null => _hostText,
            10 when name == ":authority" && _current.Value is not null => _authorityText,
            14 when name == HeaderNames.ContentLength => ContentLengthText.Instance,
            _ => Encoding.Latin1,
        };

    /// <summary>Takes the number off the Host header. False when the request had a Host that differs.</summary>
    public bool Restore(IHeaderDictionary headers)
    {
        var text = headers.Host.ToString();
        if (
            text.Length <= Digits
            || !int.TryParse(text.AsSpan(text.Length - Digits), NumberStyles.None, CultureInfo.InvariantCulture, out var seen)
        )
            return true;
        var host = text.AsSpan(0, text.Length - Digits);
        headers.Host = (host[^1] == ':' ? host[..^1] : host).ToString();
        return !_contradicted.TryRemove(seen, out _);
    }

    // On the connection's own loop; only what is contradicted is asked for by its requests.
    private int Next(ReadOnlySpan<char> text, bool isHost)
    {
        if (isHost && _authority.Length > 0 && !WithoutPort(text).Equals(WithoutPort(_authority), StringComparison.OrdinalIgnoreCase))
            _contradicted[_number] = true;
        _number = (_number + 1) % MostNumber;
        _authority = isHost ? "" : text.ToString();
        return _number;
    }

    // The port of https may be said or not.
    private static ReadOnlySpan<char> WithoutPort(ReadOnlySpan<char> host) => host.EndsWith(":443") ? host[..^4] : host.TrimEnd(':');

    /// <summary>
    /// A value with a number behind it. It is never the same twice, so that the server under us does not take the text of an earlier
    /// request instead of asking.
    /// </summary>
    private sealed class NumberedText(bool isHost) : Encoding
    {
        public override int GetCharCount(byte[] bytes, int index, int count) =>
            count == 0 ? 0 : count + Digits + (HasPort(bytes.AsSpan(index, count)) ? 0 : 1);

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
        {
            if (byteCount == 0)
                return 0;
            var to = chars.AsSpan(charIndex);
            var length = Latin1.GetChars(bytes.AsSpan(byteIndex, byteCount), to);
            var next = _current.Value?.Next(to[..length], isHost) ?? 0;
            if (!HasPort(bytes.AsSpan(byteIndex, byteCount)))
                to[length++] = ':';
            next.TryFormat(to[length..], out var digits, "D9", CultureInfo.InvariantCulture);
            return length + digits;
        }

        public override int GetMaxCharCount(int byteCount) => byteCount + Digits + 1;

        // Nothing is written by it.
        public override int GetMaxByteCount(int charCount) => charCount;

        public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
            Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

        private static bool HasPort(ReadOnlySpan<byte> text) => text.LastIndexOf((byte)':') > text.LastIndexOf((byte)']');
    }

    /// <summary>
    /// The server under us ends a stream whose path has <c>%00</c> in it, and no line tells of it. With a control character in place of the
    /// percent sign it passes, and the gate refuses it; <see cref="PathAsSent"/> puts the sign back for the log.
    /// </summary>
    private sealed class PathText : Encoding
    {
        public override int GetCharCount(byte[] bytes, int index, int count) => count;

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
        {
            var to = chars.AsSpan(charIndex, Latin1.GetChars(bytes, byteIndex, byteCount, chars, charIndex));
            var query = to.IndexOf('?');
            var path = query < 0 ? to : to[..query];
            while (path.IndexOf("%00") is >= 0 and var zero)
            {
                path[zero] = ZeroMark;
                path = path[(zero + 3)..];
            }

            return to.Length;
        }

        public override int GetMaxCharCount(int byteCount) => byteCount;

        // Nothing is written by it.
        public override int GetMaxByteCount(int charCount) => charCount;

        public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
            Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);
    }
}
