using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Appliance.Proxy.Edge;

/// <summary>
/// The header of the PROXY protocol, version 1 and 2 (HAProxy's proxy-protocol.txt). Reads as far as the bytes go and says no as soon as
/// they cannot become one.
/// </summary>
internal static class ProxyHeader
{
    /// <summary>
    /// A longer header is refused (nginx: NGX_PROXY_PROTOCOL_MAX_HEADER). Version 1 has at most <see cref="MostLineBytes"/>.
    /// </summary>
    public const int MostBytes = 4096;

    /// <summary>The longest line of version 1, with its end (2.1).</summary>
    public const int MostLineBytes = 107;

    private const int FixedBytes = 16;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    private static ReadOnlySpan<byte> Word => "PROXY "u8;

    /// <summary>What the first bytes of a connection are.</summary>
    public static ProxyHeaderReading Read(ReadOnlySpan<byte> bytes)
    {
        if (StartsLike(bytes, Signature))
            return bytes.Length < FixedBytes ? ProxyHeaderReading.More : Binary(bytes);
        if (StartsLike(bytes, Word))
            return bytes.Length < Word.Length ? ProxyHeaderReading.More : Line(bytes);
        return Refused("begins with something else than a PROXY header");
    }

    private static bool StartsLike(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> start) =>
        bytes.Length < start.Length ? start.StartsWith(bytes) : bytes.StartsWith(start);

    // PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n
    private static ProxyHeaderReading Line(ReadOnlySpan<byte> bytes)
    {
        var end = bytes[..Math.Min(bytes.Length, MostLineBytes)].IndexOf("\r\n"u8);
        if (end < 0)
            return bytes.Length < MostLineBytes ? ProxyHeaderReading.More : Refused("has a line of version 1 that does not end");
        var line = Encoding.Latin1.GetString(bytes[..end]);
        var parts = line.Split(' ');
        if (parts[1] == "UNKNOWN")
            return new ProxyHeaderReading.Done(end + 2, null, null);
        var family = parts[1] switch
        {
            "TCP4" => AddressFamily.InterNetwork,
            "TCP6" => AddressFamily.InterNetworkV6,
            _ => AddressFamily.Unspecified,
        };
        if (family == AddressFamily.Unspecified || parts.Length != 6)
            return Refused("has a line of version 1 that is not one of TCP4, TCP6 or UNKNOWN with two addresses and two ports");
        return EndPoint(parts[2], parts[4], family) is { } source && EndPoint(parts[3], parts[5], family) is { } destination
            ? new ProxyHeaderReading.Done(end + 2, source, destination)
            : Refused("has a line of version 1 with an address or a port that cannot be read");
    }

    private static IPEndPoint? EndPoint(string address, string port, AddressFamily family)
    {
        // The framework also takes "1", 0x7f.1 and scopes.
        var isPlain =
            family == AddressFamily.InterNetwork
                ? address.Split('.') is { Length: 4 } parts
                    && parts.All(part =>
                        part.Length is >= 1 and <= 3 && part.All(char.IsAsciiDigit) && (part.Length == 1 || part[0] != '0')
                    )
                : address.All(letter => char.IsAsciiHexDigit(letter) || letter is ':' or '.');
        return
            isPlain
            && IPAddress.TryParse(address, out var parsed)
            && parsed.AddressFamily == family
            && (port.Length == 1 || !port.StartsWith('0'))
            && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(parsed, number)
            : null;
    }

    // Signature, version and command, family and transport, length of what follows (2.2).
    private static ProxyHeaderReading Binary(ReadOnlySpan<byte> bytes)
    {
        var (version, command) = (bytes[12] >> 4, bytes[12] & 0xf);
        var length = FixedBytes + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (version != 2 || command > 1)
            return Refused("has a version or a command of version 2 that is not known");
        if (length > MostBytes)
            return Refused($"has a header of {length} bytes; at most {MostBytes} are accepted");
        var (kind, least) = (
            bytes[13] switch
            {
                0x11 => 4,
                0x21 => 16,
                _ => 0,
            },
            bytes[13] switch
            {
                0x11 => 12,
                0x21 => 36,
                _ => 0,
            }
        );
        if (bytes[13] >> 4 > 3 || (bytes[13] & 0xf) > 2)
            return Refused("has a family or a transport of version 2 that is not known");
        if (command == 1 && length < FixedBytes + least)
            return Refused("has a header of version 2 that is too short for its addresses");
        if (bytes.Length < length)
            return ProxyHeaderReading.More;

        // LOCAL, Unix sockets, datagrams and the unspecified: nothing that could be a client's address. What stands behind the addresses
        // (TLVs) is skipped.
        if (command == 0 || kind == 0)
            return new ProxyHeaderReading.Done(length, null, null);
        var ports = bytes[(FixedBytes + (2 * kind))..];
        return new ProxyHeaderReading.Done(
            length,
            new(new IPAddress(bytes.Slice(FixedBytes, kind)), BinaryPrimitives.ReadUInt16BigEndian(ports)),
            new(new IPAddress(bytes.Slice(FixedBytes + kind, kind)), BinaryPrimitives.ReadUInt16BigEndian(ports[2..]))
        );
    }

    private static ProxyHeaderReading.Refused Refused(string reason) => new(reason);
}

/// <summary>The result of reading the beginning of a connection as a PROXY header.</summary>
internal abstract record ProxyHeaderReading
{
    private ProxyHeaderReading() { }

    /// <summary>More bytes are needed: so far it may become a PROXY header.</summary>
    public static ProxyHeaderReading More { get; } = new Incomplete();

    /// <summary>The bytes begin with a whole PROXY header.</summary>
    /// <param name="Length">Its bytes; the client's begin behind them.</param>
    /// <param name="Source">The client; null when it is not said.</param>
    /// <param name="Destination">Where it connected to.</param>
    public sealed record Done(int Length, IPEndPoint? Source, IPEndPoint? Destination) : ProxyHeaderReading;

    /// <summary>The bytes are not a PROXY header.</summary>
    /// <param name="Reason">Why, as the end of a sentence about the connection.</param>
    public sealed record Refused(string Reason) : ProxyHeaderReading;

    private sealed record Incomplete : ProxyHeaderReading;
}
