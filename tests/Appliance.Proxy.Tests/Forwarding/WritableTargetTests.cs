using System.Text;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>
/// What HttpClient cannot write into a request line never reaches it: in its place it would send bytes of somebody else's request.
/// </summary>
public sealed class WritableTargetTests : IDisposable
{
    private const string Name = "a.example.com";
    private readonly Issued _issued = new();

    public void Dispose() => _issued.Dispose();

    [Theory]
    [InlineData("/plain?x=1", "/plain?x=1")]
    [InlineData("/a%20b/..%2f|\\^\"<>`{}#x", "/a%20b/..%2f|\\^\"<>`{}#x")]
    [InlineData("/me?\u00c3", "/me?%C3")]
    [InlineData("/\u00c3\u00bc/", "/%C3%BC/")]
    [InlineData("/\u20ac\ud83d\ude00", "/%E2%82%AC%F0%9F%98%80")]
    [InlineData("/a b\t\r\n\0\u007f", "/a%20b%09%0D%0A%00%7F")]
    [InlineData("", "/")]
    [InlineData("@evil.example/", "/@evil.example/")]
    public void Target_HasVisibleAsciiOnly(string target, string expected) => WritableTarget.Of(target).ShouldBe(expected);

    // Not as data of an attribute, which is UTF-8 already.
    [Fact]
    public void Target_WithHalfACharacter_HasTheReplacement() => WritableTarget.Of("/\ud83dx").ShouldBe("/%EF%BF%BDx");

    [Fact]
    public void Target_AnyCharacterAnywhere_IsWrittenWholeAndKeepsItsBytes()
    {
        for (var code = 0; code <= 0x17f; code++)
        {
            foreach (var target in new[] { $"/{(char)code}", $"/a{(char)code}b", $"/?{(char)code}=1", $"/x?y={(char)code}" })
            {
                var written = new Uri(
                    "http://127.0.0.1:81" + WritableTarget.Of(target),
                    new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
                ).PathAndQuery;
                written.ShouldAllBe(character => character > ' ' && character < '\u007f');
                var bytes = code <= 0xff ? Encoding.Latin1.GetBytes(target) : Encoding.UTF8.GetBytes(target);
                Unescaped(written).ShouldBe(bytes);
            }
        }
    }

    [Theory]
    [InlineData("http")]
    [InlineData("h2c")]
    public async Task UpstreamPath_BeyondAscii_ArrivesAsUtf8AndNothingElse(string scheme)
    {
        await using var backend = new RecordingBackend();
        await using var http2 = new RecordingHttp2Backend();
        var config = Configs.All(scheme == "http" ? backend.Address : http2.Address) with
        {
            Routes = [Configs.Proxy("one", upstreamPath: "/münchen/")],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(config);

        (
            await RawHttp.GetAsync(
                proxy.Port,
                "/secret",
                headers: "Cookie: session=of-somebody-else\r\nAuthorization: Bearer of-somebody-else\r\n"
            )
        ).Status.ShouldBe(200);
        (await RawHttp.SendAsync(proxy.Port, "POST /next?a=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")).Status.ShouldBe(200);

        var seen = (scheme == "http" ? backend.Requests : http2.Requests)[^1];
        seen.RequestLine.ShouldBe($"POST /m%C3%BCnchen/next?a=1 HTTP/{(scheme == "http" ? "1.1" : "2.0")}");
        seen.Headers.ShouldNotContain(line => line.Value.Contains("somebody"));
        seen.Body.ShouldBe("hi");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(90)]
    [InlineData(300)]
    public async Task Target_OfHttp2WithBytesBeyondAscii_BringsNobodyElsesBytes(int length)
    {
        _issued.Write("a", [Name]);
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(
            Configs.All(backend.Address),
            new() { HttpsPort = 0, Certificates = _issued.Folder }
        );
        await RawHttp.GetAsync(proxy.Port, "/inbox", headers: $"Cookie: session=of-somebody-else\r\nX-Fill: {new string('f', 400)}\r\n");

        await using var client = await RawHttp2.ConnectAsync(proxy.Host.HttpsEndPoint!.Port, Name);
        (await client.GetAsync(Name, "/me?\u00c3" + new string('A', length))).Status.ShouldBe(200);

        backend.Requests.Count.ShouldBe(2);
        var seen = backend.Requests[1];
        seen.RequestLine.ShouldBe($"GET /me?%C3{new string('A', length)} HTTP/1.1");
        seen.Headers.ShouldNotContain(line => line.Value.Contains("somebody"));
    }

    private static byte[] Unescaped(string text)
    {
        var bytes = new List<byte>();
        for (var at = 0; at < text.Length; at++)
        {
            var isEscape =
                text[at] == '%' && at + 2 < text.Length && char.IsAsciiHexDigit(text[at + 1]) && char.IsAsciiHexDigit(text[at + 2]);
            bytes.Add(isEscape ? Convert.ToByte(text.Substring(at + 1, 2), 16) : (byte)text[at]);
            at += isEscape ? 2 : 0;
        }

        return [.. bytes];
    }
}
