using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Edge;

/// <summary>
/// The rules for the first line of an HTTP/1 request, by bytes (RFC 9112, 3). A server behind us must not be able to read another target
/// than we did.
/// </summary>
internal ref struct RequestLine
{
    private static readonly SearchValues<byte> _tokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8
    );
    private static readonly Refusal _noRequest = Refusal.Bad("The request line is not one of HTTP.");
    private static readonly Refusal _badTarget = Refusal.Bad("The request target is neither a path nor an http or https address.");
    private static readonly Refusal _controlInTarget = Refusal.Bad(
        "The request target has a space or a control character in it; write it as %XX."
    );
    private static readonly Refusal _zeroInPath = Refusal.Bad("The request target has %00 in its path.");
    private static readonly Refusal _rawInTarget = Refusal.Bad("The request target has a byte above 0x7F in it; write it as %XX.");
    private static readonly Refusal _badVersion = new(
        StatusCodes.Status505HttpVersionNotsupported,
        "HTTP/1.1, HTTP/1.0 and, over TLS, HTTP/2 are spoken here."
    );
    private static readonly Refusal _connect = new(StatusCodes.Status405MethodNotAllowed, "This method is not accepted here.");

    /// <summary>Why the line is not taken; null when it is.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>True for HTTP/1.0.</summary>
    public bool IsOld { get; private set; }

    /// <summary>True for PUT and POST, which must say the length of their body.</summary>
    public bool NeedsLength { get; private set; }

    /// <summary>Where in the line the target begins.</summary>
    public int TargetAt { get; private set; }

    /// <summary>The length of a scheme that has capital letters, which the server under us does not know; else 0.</summary>
    public int CapitalSchemeLength { get; private set; }

    /// <summary>The line is not method, target and version with one space between them, as the server under us has it.</summary>
    public bool IsOdd { get; private set; }

    /// <summary>Judges a line without its line end.</summary>
    public static RequestLine Read(ReadOnlySpan<byte> line)
    {
        var read = new RequestLine();
        read.Refusal = read.Judge(line);
        return read;
    }

    /// <summary>False for a first byte with which no request begins, as that of a TLS handshake.</summary>
    public static bool MayBegin(byte first) => _tokenBytes.Contains(first);

    private Refusal? Judge(ReadOnlySpan<byte> line)
    {
        // 1. The method.
        var methodEnd = line.IndexOfAnyExcept(_tokenBytes);
        if (methodEnd <= 0 || line[methodEnd] != ' ')
            return _noRequest;
        var method = line[..methodEnd];
        if (method.SequenceEqual("CONNECT"u8))
            return _connect;
        NeedsLength = method.SequenceEqual("POST"u8) || method.SequenceEqual("PUT"u8);

        // 2. The version stands behind the first space that follows the target: another one before it was a part of the target.
        TargetAt = methodEnd + 1;
        var target = line[TargetAt..];
        var targetEnd = target.IndexOfAnyExceptInRange((byte)0x21, (byte)0x7E);
        if (targetEnd <= 0)
            return targetEnd < 0 ? _noRequest : _controlInTarget;
        if (target[targetEnd] != ' ')
            return target[targetEnd] > 0x7F ? _rawInTarget : _controlInTarget;
        var version = target[targetEnd..].TrimStart((byte)' ');
        target = target[..targetEnd];
        if (VersionFault(version) is { } fault)
            return fault;

        // 3. The form of the target. A zero byte is one that the server under us refuses without a page.
        IsOdd = TargetAt + targetEnd + 1 + version.Length != line.Length;
        if (PathOf(target).IndexOf("%00"u8) >= 0)
            return _zeroInPath;
        if (target[0] == '/' || (target is [(byte)'*'] && method.SequenceEqual("OPTIONS"u8)))
            return null;
        return AddressFault(target);
    }

    private static ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> target) =>
        target.IndexOf((byte)'?') is >= 0 and var query ? target[..query] : target;

    private Refusal? VersionFault(ReadOnlySpan<byte> version)
    {
        if (version.SequenceEqual("HTTP/1.1"u8))
            return null;
        IsOld = version.SequenceEqual("HTTP/1.0"u8);
        if (IsOld)
            return null;
        var isAnother =
            version.Length == 8
            && version.StartsWith("HTTP/"u8)
            && char.IsAsciiDigit((char)version[5])
            && version[6] == '.'
            && char.IsAsciiDigit((char)version[7]);
        if (isAnother)
            return _badVersion;
        return version.IndexOf("HTTP/"u8) > 0 ? _controlInTarget : _noRequest;
    }

    private Refusal? AddressFault(ReadOnlySpan<byte> target)
    {
        var colon = target.IndexOf("://"u8);
        if (
            colon is not (4 or 5)
            || !(Ascii.EqualsIgnoreCase(target[..colon], "http"u8) || Ascii.EqualsIgnoreCase(target[..colon], "https"u8))
        )
            return _badTarget;
        if (target[..colon].ContainsAnyInRange((byte)'A', (byte)'Z'))
            (CapitalSchemeLength, IsOdd) = (colon, true);

        // As the server under us asks.
        return
            Uri.TryCreate(Encoding.ASCII.GetString(target), UriKind.Absolute, out var address)
            && address is { Host.Length: > 0, UserInfo.Length: 0 }
            ? null
            : _badTarget;
    }
}
