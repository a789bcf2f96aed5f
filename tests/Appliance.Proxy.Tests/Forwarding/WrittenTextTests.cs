using System.Text;
using Appliance.Proxy.Config;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Variables;
using Appliance.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>Text of the config and of clients in what the proxy writes: the bytes that were meant, once, on one line.</summary>
public sealed class WrittenTextTests
{
    private const string Typed = "Müge ❤ 🚀";

    // Header values and targets that a client can shape, and none may become a 500, a second line, or a failure of the server.
    public static TheoryData<string, string> Hostile =>
        new()
        {
            { "https://a\u0001", "https://a" },
            { "https://a\u0001b\u001f\u007fc", "https://a b  c" },
            { "a\tb", "a\tb" },
            { "a\u00ff\u0080", "a\u00ff\u0080" },
        };

    [Fact]
    public async Task Config_LettersOutsideAscii_AreUtf8InEveryPlace()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Places(backend.Address, Typed));
        var bytes = Bytes(Typed);

        (await RawHttp.GetAsync(proxy.Port, "/proxy")).Value("X-Text").ShouldBe(bytes);
        backend.Requests.Single().Value("X-Text").ShouldBe(bytes);
        (await RawHttp.GetAsync(proxy.Port, "/redirect")).Value("Location").ShouldBe($"https://x/{bytes}");
        var answer = await RawHttp.GetAsync(proxy.Port, "/respond");
        answer.Body.ShouldBe(bytes);
        answer.Value("Content-Type").ShouldBe($"text/plain; x={bytes}");
        answer.Value("X-Text").ShouldBe(bytes);
        (await RawHttp.GetAsync(proxy.Port, "/slash")).Value("X-Text").ShouldBe(bytes);
    }

    [Fact]
    public async Task Client_LettersOutsideAscii_AreEncodedOnce()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Places(backend.Address, "$http_x|$cookie_a|$uri"));
        var bytes = Bytes(Typed);
        var sent = $"X: {bytes}\r\nCookie: a={bytes}\r\n";

        (await RawHttp.GetAsync(proxy.Port, "/proxy/%C3%BC", headers: sent))
            .Value("X-Text")
            .ShouldBe($"{bytes}|{bytes}|/proxy/{Bytes("ü")}");
        backend.Requests.Single().Value("X-Text").ShouldBe($"{bytes}|{bytes}|/proxy/{Bytes("ü")}");
        (await RawHttp.GetAsync(proxy.Port, "/respond/%FF", headers: sent)).Body.ShouldBe($"{bytes}|{bytes}|/respond/\u00ff");
        (await RawHttp.GetAsync(proxy.Port, "/redirect", headers: sent)).Value("Location").ShouldBe($"https://x/{bytes}|{bytes}|/redirect");
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Client_ControlBytesInAHeader_AreBlankedAndNobodysFailure(string origin, string expected)
    {
        await using var first = new RecordingBackend();
        await using var second = new RecordingBackend();
        var config = Places(first.Address, "$http_origin");
        await using var proxy = await ProxyUnderTest.StartAsync(
            config with
            {
                UpstreamPools = [Configs.Pool("backend", first.Address, second.Address)],
            }
        );
        var sent = $"Origin: {origin}\r\n";

        for (var round = 0; round < 4; round++)
        {
            var answer = await RawHttp.GetAsync(proxy.Port, "/proxy", headers: sent);
            (answer.Status, answer.Value("X-Text")).ShouldBe((200, expected));
        }

        (await RawHttp.GetAsync(proxy.Port, "/redirect", headers: sent)).ShouldSatisfyAllConditions(
            answer => answer.Status.ShouldBe(302),
            answer => answer.Value("Location").ShouldBe($"https://x/{expected}")
        );
        (await RawHttp.GetAsync(proxy.Port, "/respond", headers: sent)).Body.ShouldBe(origin, "a body has every byte");
        (first.Requests.Count, second.Requests.Count).ShouldBe((2, 2), "neither server was taken out");
        first.Requests.Concat(second.Requests).ShouldAllBe(seen => seen.Value("X-Text") == expected);
    }

    [Fact]
    public async Task Client_EveryByteDecoded_StaysOnOneLine()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Places(backend.Address, "<$uri>"));
        for (var code = 1; code < 256; code++)
        {
            var there = code is < ' ' and not '\t' or 0x7f ? " " : ((char)code).ToString();
            var answer = await RawHttp.GetAsync(proxy.Port, $"/proxy/%{code:X2}x");
            if (code is '/')
                there = "";
            (answer.Status, answer.Value("X-Text")).ShouldBe((200, $"</proxy/{there}x>"), $"{code:X2}");
            backend.Requests[^1].Value("X-Text").ShouldBe($"</proxy/{there}x>", $"{code:X2}");
            (await RawHttp.GetAsync(proxy.Port, $"/redirect/%{code:X2}x"))
                .Value("Location")
                .ShouldBe($"https://x/</redirect/{there}x>", $"{code:X2}");
        }
    }

    [Theory]
    [InlineData("a\u0001", "a")]
    [InlineData("\u0001", null)]
    [InlineData("", null)]
    public async Task WebSocket_ControlBytesInARule_AreBlankedInBothHandshakes(string sent, string? expected)
    {
        await using var backend = new RecordingBackend
        {
            Answer = _ =>
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                + "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
            Behind = (_, _, _) => Task.CompletedTask,
        };
        await using var proxy = await ProxyUnderTest.StartAsync(Places(backend.Address, $"$http_x"));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync(
            "GET /proxy HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
                + "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + $"X: {sent}\r\n\r\n"
        );

        var head = RawAnswer.Parse(await client.ReadHeadAsync(), reset: false);

        (head.Status, head.Value("X-Text")).ShouldBe((101, expected));
        backend.Requests.Single().Value("X-Text").ShouldBe(expected);
    }

    [Fact]
    public async Task Http2_TextOfConfigAndControlBytes_AreWrittenAsOverHttp1()
    {
        using var issued = new Certificates.Issued();
        var own = issued.Write("a", ["a.test"]);
        await using var backend = new RecordingBackend();
        var config = Places(backend.Address, Typed + "$http_x");
        await using var proxy = await ProxyUnderTest.StartAsync(config, new() { HttpsPort = 0, Certificates = issued.Folder });
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            SslOptions = new()
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == own.Thumbprint,
            },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(proxy.Host.HttpsEndPoint!, cancellationToken); // it listens
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler)
        {
            DefaultRequestVersion = new(2, 0),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        http.DefaultRequestHeaders.TryAddWithoutValidation("X", Bytes("ü"));
        var bytes = Bytes(Typed + "ü");

        using (var answer = await http.GetAsync("https://a.test/proxy"))
            answer.Headers.NonValidated["X-Text"].ToString().ShouldBe(bytes);
        backend.Requests.Single().Value("X-Text").ShouldBe(bytes);
        using (var answer = await http.GetAsync("https://a.test/redirect"))
            answer.Headers.NonValidated["Location"].ToString().ShouldBe("https://x/" + bytes);
        using (var answer = await http.GetAsync("https://a.test/respond"))
            (await answer.Content.ReadAsStringAsync()).ShouldBe(Typed + "ü");
        using (var answer = await http.GetAsync("https://a.test/slash?\u00fc"))
            answer.Headers.NonValidated["Location"].ToString().ShouldBe("/slash/?%C3%BC");
    }

    [Theory]
    [InlineData("h2c")]
    [InlineData("http")]
    public async Task UpstreamPath_LettersOutsideAscii_ArriveEncoded(string scheme)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
                listen.Protocols = scheme == "h2c" ? HttpProtocols.Http2 : HttpProtocols.Http1
            );
        });
        await using var server = builder.Build();
        server.Run(context =>
            context.Response.WriteAsync(
                $"{context.Features.Get<IHttpRequestFeature>()?.RawTarget} {context.Request.Headers["X-Text"]}",
                Encoding.Latin1
            )
        );
        await server.StartAsync();
        var config = Places(server.Urls.First().Replace("http:", scheme + ":", StringComparison.Ordinal), Typed);
        await using var proxy = await ProxyUnderTest.StartAsync(config);

        (await RawHttp.GetAsync(proxy.Port, "/proxy/a%2Fb?q=1")).Body.ShouldContain($"/m%C3%BCnchen/%F0%9F%9A%80/a/b?q=1 {Bytes(Typed)}");
    }

    [Fact]
    public void OneLine_CharsThatAreNoBytes_AreWrittenAsUtf8() =>
        HeaderText.OneLine(" €\r\n\ud83d\0 ").ShouldBe($"{Bytes("€")}  {Bytes("\ufffd")}");

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("M\u00c3\u00bcge", "Müge")]
    [InlineData("caf\u00e9", "caf\u00e9")] // Latin-1 stays what it is
    public void Shown_Bytes_AreTheLettersTheyAre(string bytes, string expected) => HeaderText.Shown(bytes).ShouldBe(expected);

    private static ProxyConfig Places(string server, string text)
    {
        HeaderRule rule = new() { Name = "X-Text", Value = text };
        return new()
        {
            Routes =
            [
                Configs.Proxy("proxy", "/proxy", upstreamPath: "/münchen/🚀") with
                {
                    RequestHeaders = [rule],
                    ResponseHeaders = [rule],
                },
                Configs.Proxy("slash", "/slash/") with
                {
                    ResponseHeaders = [rule],
                },
                new()
                {
                    Name = "redirect",
                    Path = "/redirect",
                    Action = new RouteAction.Redirect { Location = "https://x/" + text },
                },
                new()
                {
                    Name = "respond",
                    Path = "/respond",
                    ResponseHeaders = [rule],
                    Action = new RouteAction.Respond { Body = text, ContentType = "text/plain; x=" + Typed },
                },
            ],
            UpstreamPools = [Configs.Pool("backend", server)],
        };
    }

    private static string Bytes(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
