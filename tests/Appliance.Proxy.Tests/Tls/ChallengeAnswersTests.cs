using System.Net.Security;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tls;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Tls;

/// <summary>What an authority is answered, and that nobody else's request is touched.</summary>
public sealed class ChallengeAnswersTests : IDisposable
{
    private const string Token = "IYMZOwFy7r2suGaSArewj_jdW9JBP9hDEi1XpVzFHG8";
    private readonly string _webroot = Directory.CreateTempSubdirectory("appliance-webroot-").FullName;

    public ChallengeAnswersTests()
    {
        Directory.CreateDirectory(Path.Combine(_webroot, ".well-known", "acme-challenge"));
        File.WriteAllText(Path.Combine(_webroot, "outside"), "a secret");
        File.WriteAllText(Path.Combine(_webroot, ".well-known", "acme-challenge", Token), Token + ".thumbprint");
        File.WriteAllText(Path.Combine(_webroot, ".well-known", "acme-challenge", "a.b"), "no token");
    }

    public void Dispose() => Directory.Delete(_webroot, recursive: true);

    [Theory]
    [InlineData("GET", Token, 200, Token + ".thumbprint")]
    [InlineData("HEAD", Token, 200, "")]
    [InlineData("GET", Token + "?x=1", 200, Token + ".thumbprint")]
    [InlineData("POST", Token, 418, "route")]
    [InlineData("GET", "another-token", 418, "route")]
    [InlineData("GET", "", 418, "route")]
    [InlineData("GET", "a.b", 418, "route")]
    [InlineData("GET", Token + "/", 418, "route")]
    [InlineData("GET", "../../outside", 418, "route")]
    [InlineData("GET", "..%2F..%2Foutside", 418, "route")]
    [InlineData("GET", "%2e%2e/%2e%2e/outside", 418, "route")]
    [InlineData("GET", Token + "%00", 400, null)]
    public async Task Request_OrderRuns_AnswersTheTokenAlone(string method, string target, int status, string? body)
    {
        await using var proxy = await StartAsync();
        using var _ = proxy.Host.Challenges.FromFolder(_webroot);

        var (code, text) = await AskAsync(proxy, method, target);

        code.ShouldBe(status);
        if (body is not null)
            text.ShouldBe(body);
    }

    [Fact]
    public async Task Request_NoOrderRuns_IsTheRoutes()
    {
        await using var proxy = await StartAsync();
        proxy.Host.Challenges.FromFolder(_webroot).Dispose();
        (await AskAsync(proxy, "GET", Token)).Status.ShouldBe(418);
    }

    [Fact]
    public async Task Request_TwoOrdersAndATest_EachIsAnsweredUntilItEnds()
    {
        await using var proxy = await StartAsync();
        var one = proxy.Host.Challenges.FromFolder(_webroot);
        var two = proxy.Host.Challenges.FromFolder(Path.Combine(_webroot, "not", "there"));
        using var test = proxy.Host.Challenges.FromText("probe", "it is me");
        (await AskAsync(proxy, "GET", Token)).Status.ShouldBe(200);
        (await AskAsync(proxy, "GET", "probe")).ShouldBe((200, "it is me"));

        one.Dispose();
        one.Dispose();
        (await AskAsync(proxy, "GET", Token)).Status.ShouldBe(418);
        (await AskAsync(proxy, "GET", "probe")).Status.ShouldBe(200);
        two.Dispose();
    }

    [Fact]
    public async Task Request_OverHttps_IsAnsweredToo()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Teapot(), new() { HttpsPort = 0 });
        using var _ = proxy.Host.Challenges.FromFolder(_webroot);
        using var client = new HttpClient(
            new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    RemoteCertificateValidationCallback = (_, shown, _, _) =>
                        shown!.Subject == proxy.Host.Certificates.Choice.Default.Issuer,
                },
            }
        );
        (await client.GetStringAsync($"https://127.0.0.1:{proxy.Host.HttpsEndPoint!.Port}{ChallengeAnswers.Path}{Token}")).ShouldBe(
            Token + ".thumbprint"
        );
    }

    private static ProxyConfig Teapot() =>
        new()
        {
            Routes =
            [
                new()
                {
                    Name = "all",
                    Path = "/",
                    Action = new RouteAction.Respond { Status = 418, Body = "route" },
                },
            ],
        };

    private static Task<ProxyUnderTest> StartAsync() => ProxyUnderTest.StartAsync(Teapot());

    // As it stands on the wire: a client's own path rules would take the dots away.
    private static async Task<(int Status, string Body)> AskAsync(ProxyUnderTest proxy, string method, string target)
    {
        var answer = await RawHttp.SendAsync(
            proxy.Port,
            $"{method} {ChallengeAnswers.Path}{target} HTTP/1.1\r\nHost: whatever.example.com\r\nConnection: close\r\nContent-Length: "
                + "0\r\n\r\n"
        );
        return (answer.Status, answer.Body);
    }
}
