using System.Text;
using Appliance.Proxy.Edge;

namespace Appliance.Proxy.Tests.Edge;

/// <summary>Headers of the PROXY protocol, good and malformed. Bytes of version 2 are written as hex behind the signature.</summary>
public sealed class ProxyHeaderTests
{
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";
    private const string V4 = "C0000201" + "C6336401" + "DC04" + "01BB";
    private const string V6 = "20010DB8000000000000000000000001" + "20010DB8000000000000000000000002" + "DC04" + "01BB";

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", "192.0.2.1:56324", "198.51.100.1:443")]
    [InlineData("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", "0.0.0.0:0", "255.255.255.255:65535")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n", "[2001:db8::1]:56324", "[2001:db8::2]:443")]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", "[::ffff:192.0.2.1]:1", "[::1]:2")]
    [InlineData("PROXY UNKNOWN\r\n", null, null)]
    [InlineData("PROXY UNKNOWN ffff:f:f f 65535 65535\r\n", null, null)]
    public void Read_Line_IsUnderstood(string line, string? source, string? destination) =>
        Understood(Encoding.Latin1.GetBytes(line), source, destination);

    [Theory]
    [InlineData("21" + "11" + "000C" + V4, "192.0.2.1:56324", "198.51.100.1:443")]
    [InlineData("21" + "21" + "0024" + V6, "[2001:db8::1]:56324", "[2001:db8::2]:443")]
    [InlineData("21" + "11" + "0013" + V4 + "04" + "0004" + "00000000", "192.0.2.1:56324", "198.51.100.1:443")]
    [InlineData("21" + "11" + "000D" + V4 + "FF", "192.0.2.1:56324", "198.51.100.1:443")]
    [InlineData("20" + "00" + "0000", null, null)]
    [InlineData("20" + "11" + "000C" + V4, null, null)]
    [InlineData("20" + "11" + "0002" + "0000", null, null)]
    [InlineData("21" + "00" + "0003" + "000000", null, null)]
    [InlineData("21" + "12" + "000C" + V4, null, null)]
    [InlineData("21" + "31" + "0000", null, null)]
    public void Read_Binary_IsUnderstood(string hex, string? source, string? destination) => Understood(Binary(hex), source, destination);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001")]
    [InlineData("PROXY\tTCP4 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData("PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n")]
    [InlineData("PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n")]
    [InlineData("PROXY TCP4 1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 0x7f.0.0.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 ::1 ::2 1 2\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1%eth0 ::2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 two\r\n")]
    [InlineData("PROXY UNKNOWN ..................................................................................................\r\n")]
    public void Read_MalformedLine_IsRefused(string line) =>
        ProxyHeader.Read(Encoding.Latin1.GetBytes(line)).ShouldBeOfType<ProxyHeaderReading.Refused>().Reason.ShouldNotBeEmpty();

    [Theory]
    [InlineData("11" + "11" + "000C" + V4)]
    [InlineData("31" + "11" + "000C" + V4)]
    [InlineData("22" + "11" + "000C" + V4)]
    [InlineData("21" + "41" + "000C" + V4)]
    [InlineData("21" + "13" + "000C" + V4)]
    [InlineData("21" + "11" + "000B" + "C0000201C6336401DC0401")]
    [InlineData("21" + "21" + "000C" + V4)]
    [InlineData("21" + "11" + "0000")]
    [InlineData("21" + "11" + "0FF1")]
    [InlineData("21" + "11" + "FFFF")]
    public void Read_MalformedBinary_IsRefused(string hex) =>
        ProxyHeader.Read(Binary(hex)).ShouldBeOfType<ProxyHeaderReading.Refused>().Reason.ShouldNotBeEmpty();

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n")]
    [InlineData(Signature)]
    public void Read_EveryBeginning_WaitsForMore(string text)
    {
        var whole = text == Signature ? Binary("21" + "21" + "0024" + V6) : Encoding.Latin1.GetBytes(text);
        for (var length = 0; length < whole.Length; length++)
            ProxyHeader.Read(whole.AsSpan(0, length)).ShouldBe(ProxyHeaderReading.More);
        ProxyHeader.Read([.. whole, .. "GET /"u8]).ShouldBeOfType<ProxyHeaderReading.Done>().Length.ShouldBe(whole.Length);
    }

    private static byte[] Binary(string hex) => [.. Encoding.Latin1.GetBytes(Signature), .. Convert.FromHexString(hex)];

    private static void Understood(byte[] bytes, string? source, string? destination)
    {
        var done = ProxyHeader.Read(bytes).ShouldBeOfType<ProxyHeaderReading.Done>();
        (done.Length, done.Source?.ToString(), done.Destination?.ToString()).ShouldBe((bytes.Length, source, destination));
    }
}
