using Appliance.Proxy.Edge;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Appliance.Proxy.Tests.Edge;

/// <summary>The path that says whether the proxy serves.</summary>
public sealed class ProxyHealthTests : IDisposable
{
    private const string Path = "/-/healthz";
    private readonly Issued _issued = new();

    public void Dispose() => _issued.Dispose();

    [Theory]
    [InlineData("GET", Path, "200 ok\n")]
    [InlineData("HEAD", Path, "200 ")]
    [InlineData("GET", Path + "?x=1", "200 ok\n")]
    [InlineData("POST", Path, "200 route")]
    [InlineData("GET", Path + "/", "200 route")]
    [InlineData("GET", "/-/HEALTHZ", "200 route")]
    [InlineData("GET", "/", "200 route")]
    public async Task Request_OfThePath_IsAnsweredBeforeRoutesAndWhateverTheHost(string method, string target, string expected)
    {
        await using var proxy = await StartAsync(Path);
        foreach (var host in new[] { "a", "127.0.0.1", "10.0.0.1:99", "nobody.example.net" })
        {
            var answer = await RawHttp.SendAsync(proxy.Port, $"{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n");
            $"{answer.Status} {answer.Body}".ShouldBe(expected);
        }

        // Only what is a request of the routes is counted.
        proxy.Host.Traffic.Total.Read().Requests.ShouldBe(expected.EndsWith("route", StringComparison.Ordinal) ? 4 : 0);
    }

    [Fact]
    public async Task Request_WithoutTheSetting_IsTheRoutes()
    {
        await using var proxy = await StartAsync(null);
        (await RawHttp.GetAsync(proxy.Port, Path)).Body.ShouldBe("route");
    }

    [Fact]
    public async Task Request_OverHttps_IsAnsweredToo()
    {
        _issued.Write("a", ["localhost"]);
        await using var proxy = await StartAsync(Path);
        using var http = new HttpClient(
            new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null } }
        );
        (await http.GetStringAsync($"https://localhost:{proxy.Host.HttpsEndPoint!.Port}{Path}")).ShouldBe("ok\n");
    }

    // By hand: a server that stops takes no new request but one whose head was on its way.
    [Theory]
    [InlineData(false, 200, "ok\n")]
    [InlineData(true, 503, "stopping\n")]
    public async Task Request_WhileItStops_Is503(bool isStopping, int status, string body)
    {
        using var stopping = new CancellationTokenSource();
        var health = new ProxyHealth(Path, new Lifetime(stopping.Token));
        if (isStopping)
            await stopping.CancelAsync();
        var context = new DefaultHttpContext { Request = { Method = "GET", Path = Path }, Response = { Body = new MemoryStream() } };
        await health.RunAsync(context, _ => throw new InvalidOperationException("It is not the routes'."));
        context.Response.StatusCode.ShouldBe(status);
        System.Text.Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray()).ShouldBe(body);
    }

    private Task<ProxyUnderTest> StartAsync(string? path) =>
        ProxyUnderTest.StartAsync(
            new()
            {
                Routes =
                [
                    new()
                    {
                        Name = "all",
                        Action = new Appliance.Proxy.Routing.RouteAction.Respond { Body = "route" },
                    },
                ],
            },
            new()
            {
                HealthPath = path,
                HttpsPort = 0,
                Certificates = _issued.Folder,
            }
        );

    private sealed class Lifetime(CancellationToken stopping) : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => stopping;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() { }
    }
}
