using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.SignIn;
using Appliance.Web.SignIn.Oidc;
using Appliance.Web.Tests.Control;
using Appliance.Web.Tests.SignIn;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Access;

/// <summary>Every endpoint that takes a POST, and every one that is read, asked in ways that no browser asks.</summary>
public sealed class PostsTests : IAsyncLifetime
{
    private const string Password = "a long password of ann";
    private const string Form = "application/x-www-form-urlencoded";
    private ConsoleUnderTest _console = null!; // made before every test

    // Bodies that are too long, no form, or broken.
    private static readonly Dictionary<string, Func<HttpContent>> _bodies = new()
    {
        ["300 KB"] = () => Typed(new byte[300 * 1024], Form),
        ["300 KB without a length"] = () => new Chunked(300 * 1024),
        ["300 KB of no form"] = () => Typed(new byte[300 * 1024], "application/json"),
        ["300 KB of multipart"] = () => Typed(new byte[300 * 1024], "multipart/form-data; boundary=x"),
        ["nothing"] = () => Typed([], Form),
        ["no type"] = () => new ByteArrayContent("a=b"u8.ToArray()),
        ["JSON"] = () => Typed("{"u8.ToArray(), "application/json"),
        ["multipart without a boundary"] = () => Typed("x"u8.ToArray(), "multipart/form-data"),
        ["multipart without an end"] = () =>
            Typed("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb"u8.ToArray(), "multipart/form-data; boundary=x"),
        ["multipart with a broken head"] = () =>
            Typed("--x\r\nthis is no head\r\n\r\nb\r\n--x--\r\n"u8.ToArray(), "multipart/form-data; boundary=x"),
        ["5,000 fields"] = () =>
            Typed(Encoding.ASCII.GetBytes(string.Join('&', Enumerable.Range(0, 5000).Select(number => $"a{number}=b"))), Form),
        ["a key of 10 KB"] = () => Typed(Encoding.ASCII.GetBytes(new string('a', 10 * 1024) + "=b"), Form),
        ["bytes that are no text"] = () => Typed([0xFF, 0xFE, (byte)'=', 0xC3, (byte)'&', 0], Form),
        ["half an escape"] = () => Typed("a=%&b=%zz&%00=%00"u8.ToArray(), Form),
        ["a token that is none"] = () => Typed("__RequestVerificationToken=abc&_handler=sign-in"u8.ToArray(), Form),
        ["two tokens"] = () => Typed("__RequestVerificationToken=abc&__RequestVerificationToken=def"u8.ToArray(), Form),
        ["a handler that is none"] = () => Typed("_handler=nothing"u8.ToArray(), Form),
        ["a charset that is none"] = () => Typed("a=b"u8.ToArray(), Form + "; charset=klingon"),
        ["an empty charset"] = () => Plain("a=b"u8.ToArray(), Form + "; charset="),
        ["a charset of two bytes"] = () => Typed("a=b"u8.ToArray(), Form + "; charset=utf-16"),
        ["a charset that is refused"] = () => Typed("a=b"u8.ToArray(), Form + "; charset=utf-7"),
        ["a charset that is refused, by another name"] = () => Typed("a=b"u8.ToArray(), Form + "; charset=unicode-1-1-utf-7"),
        ["multipart in a charset that is refused"] = () => Typed(Part("text/plain"), "multipart/form-data; boundary=x; charset=utf-7"),
        ["a part in a charset that is refused"] = () => Typed(Part("text/plain; charset=utf-7"), "multipart/form-data; boundary=x"),
        ["a part in a charset that is none"] = () => Typed(Part("text/plain; charset=klingon"), "multipart/form-data; boundary=x"),
        ["multipart with an empty boundary"] = () => Plain(Part("text/plain"), "multipart/form-data; boundary="),
        ["multipart with a boundary of 500 characters"] = () =>
            Plain(Part("text/plain"), "multipart/form-data; boundary=" + new string('x', 500)),
    };

    public async Task InitializeAsync()
    {
        var provider = new OidcProviderSettings
        {
            Number = 1,
            Name = "Company",
            Authority = new("http://127.0.0.1:1"),
            ClientId = "console",
            Scopes = ["openid"],
            Rules = RoleRules.Parse("sub:x=Viewer", _ => { }),
        };
        _console = await ConsoleUnderTest.StartAsync(with: options => options with { Oidc = [provider] });
        await _console.Services.GetRequiredService<AccountStore>().AddFirstAsync("ann", Passwords.Hash(Password), CancellationToken.None);
    }

    public async Task DisposeAsync() => await _console.DisposeAsync();

    [Fact]
    public async Task Posts_WithBodiesThatCannotBeRead_AreNeverAFaultOfOurs()
    {
        var paths = Paths("POST").ToList();
        foreach (var known in new[] { "/sign-in", "/sign-out", "/setup", "/account", "/oidc/backchannel-logout", "/_blazor/negotiate" })
            paths.ShouldContain(known);
        paths.Add("/signin-oidc");
        paths.Add("/nowhere");
        using var stranger = new FormBrowser(_console.Port);
        using var ann = new FormBrowser(_console.Port);
        (await ann.SignInAsync("ann", Password)).StatusCode.ShouldBe(HttpStatusCode.Found);
        var wrong = new List<string>();
        foreach (var browser in new[] { stranger, ann })
        {
            foreach (var path in paths)
            {
                foreach (var (name, body) in _bodies)
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body() };
                    var status = await StatusAsync(browser, request);
                    if (status >= 500)
                        wrong.Add($"{(browser == ann ? "ann" : "somebody")}: POST {path} with {name}: {status}");
                }
            }
        }

        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("300 KB", 413)]
    [InlineData("multipart with a broken head", 400)]
    [InlineData("a token that is none", 400)]
    [InlineData("a charset that is refused", 400)]
    [InlineData("a part in a charset that is refused", 400)]
    public async Task SignOut_WithABodyThatCannotBeRead_SaysWhose(string body, int status)
    {
        using var stranger = new FormBrowser(_console.Port);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-out") { Content = _bodies[body]() };
        (await StatusAsync(stranger, request)).ShouldBe(status);
    }

    [Fact]
    public async Task Head_OfEverythingThatIsRead_IsAsGetWithoutABody()
    {
        using var stranger = new FormBrowser(_console.Port);
        using var ann = new FormBrowser(_console.Port);
        (await ann.SignInAsync("ann", Password)).StatusCode.ShouldBe(HttpStatusCode.Found);
        var paths = Paths("GET")
            .Where(path =>
                !path.StartsWith("/_blazor", StringComparison.Ordinal) && !path.StartsWith("/sign-in/oidc", StringComparison.Ordinal)
            )
            .ToList();
        foreach (var known in new[] { "/", "/sign-in", "/healthz", "/readyz", "/routes", "/console.css", "/favicon.svg" })
            paths.ShouldContain(path => path.StartsWith(known.Split('.')[0], StringComparison.Ordinal), known);
        var wrong = new List<string>();
        foreach (var browser in new[] { stranger, ann })
        {
            foreach (var path in paths.Append("/nowhere").Append("/console.css"))
            {
                using var get = await browser.SendAsync(new(HttpMethod.Get, path));
                using var head = await browser.SendAsync(new(HttpMethod.Head, path));
                var body = await head.Content.ReadAsByteArrayAsync();
                var (wanted, got) = (About(get), About(head));
                if (wanted != got || body.Length > 0)
                    wrong.Add($"{(browser == ann ? "ann" : "somebody")}: HEAD {path}: {got} with {body.Length} bytes, GET: {wanted}");
            }
        }

        wrong.ShouldBeEmpty();
        var exports = await _console
            .Services.GetRequiredService<Data.Audit.AuditStore>()
            .CountAsync(new() { Action = "audit.export" }, null, Actor.Local("test"), CancellationToken.None);
        exports.ShouldBe(1, "only what left is noted");
    }

    private static string About(HttpResponseMessage answer) =>
        $"{(int)answer.StatusCode} {answer.Content.Headers.ContentType} {answer.Headers.Location?.ToString().Split("nonce")[0]} "
        + $"{answer.Headers.CacheControl} {answer.Headers.ETag}";

    // The server may answer and close before it has read the body; the client sees the answer or the close.
    private static async Task<int> StatusAsync(FormBrowser browser, HttpRequestMessage request)
    {
        try
        {
            using var answer = await browser.SendAsync(request);
            return (int)answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    private static byte[] Part(string type) =>
        Encoding.ASCII.GetBytes($"--x\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: {type}\r\n\r\nb\r\n--x--\r\n");

    // With a type that the client's own library would not write.
    private static ByteArrayContent Plain(byte[] bytes, string type)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", type).ShouldBeTrue();
        return content;
    }

    private static ByteArrayContent Typed(byte[] bytes, string type) =>
        new(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };

    // Control paths are for the socket; their patterns take keys of things that are not there.
    private IEnumerable<string> Paths(string method) =>
        _console
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(one =>
                one.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is not { Count: > 0 } methods || methods.Contains(method)
            )
            .Select(one => "/" + (one.RoutePattern.RawText ?? "").TrimStart('/'))
            .Where(pattern =>
                !pattern.StartsWith("/control", StringComparison.Ordinal) && !pattern.Contains("{*", StringComparison.Ordinal)
            )
            .Select(pattern => System.Text.RegularExpressions.Regex.Replace(pattern, @"\{[^}]*:long\}", "1"))
            .Select(pattern => System.Text.RegularExpressions.Regex.Replace(pattern, @"\{[^}]*\}", Guid.Empty.ToString()))
            .Select(path => path == "/audit/export" ? path + "?format=csv" : path)
            .Distinct();

    private sealed class Chunked(int length) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            stream.WriteAsync(new byte[length]).AsTask();

        protected override bool TryComputeLength(out long computed)
        {
            Headers.ContentType = MediaTypeHeaderValue.Parse(Form);
            computed = 0;
            return false;
        }
    }
}
