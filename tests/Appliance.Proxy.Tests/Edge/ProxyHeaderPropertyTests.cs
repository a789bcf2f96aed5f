using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Appliance.Proxy.Edge;
using CsCheck;

namespace Appliance.Proxy.Tests.Edge;

/// <summary>PROXY headers against an encoder that is written from the protocol's text, cut anywhere, and changed anywhere.</summary>
public sealed class ProxyHeaderPropertyTests
{
    private static readonly Gen<IPAddress> _v4 = Gen.Byte.Array[4].Select(bytes => new IPAddress(bytes));

    private static readonly Gen<IPAddress> _v6 = Gen.OneOf(Gen.Byte.Array[16], Gen.OneOf<byte>(0, 0, 0, 1, 255).Array[16])
        .Select(bytes => new IPAddress(bytes));

    private static readonly Gen<(IPEndPoint Source, IPEndPoint Destination)> _ends = Gen.OneOf(Pair(_v4), Pair(_v6));

    private static readonly Gen<Header> _lines = Gen.OneOf(
        _ends.Select(ends => Line($"PROXY {Family(ends.Source)} {Both(ends, end => end.Address)} {Both(ends, end => end.Port)}", ends)),
        Gen.Char[' ', '~'].Array[0, 91].Select(rest => Line(("PROXY UNKNOWN " + new string(rest)).TrimEnd(' '), null))
    );

    private static readonly Gen<Header> _binaries = Gen.Select(_ends, Made.Bytes(200), Gen.Int[0, 2], Gen.Bool, Binary);

    private static readonly Gen<Header> _headers = Gen.OneOf(_lines, _binaries);

    [Fact]
    public void Read_HeaderCutAnywhere_WaitsAndIsThenUnderstood() =>
        Gen.Select(_headers, Gen.Int[0, 4096].Array[1, 8], Made.Bytes(40))
            .Sample(
                (header, cuts, behind) =>
                {
                    foreach (var cut in cuts)
                        ProxyHeader.Read(header.Bytes.AsSpan(0, cut % header.Bytes.Length)).ShouldBe(ProxyHeaderReading.More);
                    ProxyHeader
                        .Read([.. header.Bytes, .. behind])
                        .ShouldBe(new ProxyHeaderReading.Done(header.Bytes.Length, header.Source, header.Destination));
                },
                iter: Made.Many
            );

    // A reading that is not More stays what it is, whatever comes behind: else a client's bytes would decide what its header is.
    [Fact]
    public void Read_ChangedHeader_AReadingStays() =>
        Gen.Select(_headers, Gen.Select(Gen.Int[0, 300], Gen.Byte).Array[1, 4], Made.Bytes(20))
            .Sample(
                (header, changes, behind) =>
                {
                    byte[] bytes = [.. header.Bytes, .. behind];
                    foreach (var (at, value) in changes)
                        bytes[at % bytes.Length] = value;
                    var before = ProxyHeaderReading.More;
                    for (var length = 0; length <= bytes.Length; length += bytes.Length > 120 ? 7 : 1)
                    {
                        var reading = ProxyHeader.Read(bytes.AsSpan(0, length));
                        if (before != ProxyHeaderReading.More && before is not ProxyHeaderReading.Refused)
                            reading.ShouldBe(before);
                        if (before is ProxyHeaderReading.Refused)
                            reading.ShouldBeOfType<ProxyHeaderReading.Refused>();
                        if (reading is ProxyHeaderReading.Done done)
                            done.Length.ShouldBeInRange(1, length);
                        before = reading;
                    }
                },
                iter: Made.Many
            );

    private static Gen<(IPEndPoint, IPEndPoint)> Pair(Gen<IPAddress> addresses)
    {
        var ends = Gen.Select(addresses, Gen.Int[0, 65535], (address, port) => new IPEndPoint(address, port));
        return Gen.Select(ends, ends);
    }

    private static string Both((IPEndPoint Source, IPEndPoint Destination) ends, Func<IPEndPoint, object> part) =>
        $"{part(ends.Source)} {part(ends.Destination)}";

    private static string Family(IPEndPoint end) => end.AddressFamily == AddressFamily.InterNetwork ? "TCP4" : "TCP6";

    private static Header Line(string line, (IPEndPoint Source, IPEndPoint Destination)? ends) =>
        new(Encoding.ASCII.GetBytes(line + "\r\n"), ends?.Source, ends?.Destination);

    private static Header Binary((IPEndPoint Source, IPEndPoint Destination) ends, byte[] more, int transport, bool isLocal)
    {
        var (source, destination) = ends;
        byte[] addresses = [.. source.Address.GetAddressBytes(), .. destination.Address.GetAddressBytes()];
        byte[] body = [.. addresses, .. Big(source.Port), .. Big(destination.Port), .. more];
        var family = source.AddressFamily == AddressFamily.InterNetwork ? 0x10 : 0x20;
        byte[] begin = [.. "\r\n\r\n\0\r\nQUIT\n"u8, (byte)(isLocal ? 0x20 : 0x21), (byte)(family | transport)];
        byte[] bytes = [.. begin, .. Big(body.Length), .. body];

        // Only a stream says who the client is (2.2); LOCAL is the proxy's own.
        return isLocal || transport != 1 ? new(bytes, null, null) : new(bytes, source, destination);
    }

    private static byte[] Big(int number)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)number);
        return bytes;
    }

    private sealed record Header(byte[] Bytes, IPEndPoint? Source, IPEndPoint? Destination)
    {
        public override string ToString() => Convert.ToHexString(Bytes);
    }
}
