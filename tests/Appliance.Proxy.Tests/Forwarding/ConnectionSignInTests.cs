using Appliance.Proxy.Config;
using Appliance.Proxy.Tests.TlsPolicies;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>
/// A server that signs a connection in: what one client signed in on is never another one's, and stays that client's own.
/// </summary>
public sealed class ConnectionSignInTests : IDisposable
{
    private readonly Authority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(false, "NTLM")]
    [InlineData(true, "NTLM")]
    [InlineData(false, "nEgOtIaTe")]
    [InlineData(false, "\tntlm")]
    [InlineData(false, "Basic YTpi, Negotiate")]
    public async Task SignIn_ThreeSteps_IsThisConnectionsAlone(bool tls, string scheme)
    {
        using var certificate = _authority.Issue(["localhost"]);
        await using var server = SignInServer.Start(tls ? certificate : null);
        await using var proxy = await ProxyUnderTest.StartAsync(Config(server.Address));
        await using var ann = await RawHttp.ConnectAsync(proxy.Port);
        await using var other = await RawHttp.ConnectAsync(proxy.Port);

        (await AskAsync(ann)).Status.ShouldBe(401);
        (await AskAsync(ann, $"Authorization: {scheme} TlRMTVNTUAABAAAA\r\n")).Value("WWW-Authenticate").ShouldBe("NTLM challenge");
        var signedIn = await AskAsync(ann, $"Authorization: {scheme} 3:ann\r\n");
        signedIn.Body.ShouldStartWith("ann s ");

        for (var round = 0; round < 3; round++)
        {
            (await AskAsync(ann)).Body.ShouldBe(signedIn.Body, "without credentials, over the same connection");
            (await AskAsync(other)).Status.ShouldBe(401, "another connection of the same address is nobody");
            (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(401);
            (await RawHttp.GetAsync(proxy.Port, "/open")).Body.ShouldStartWith("nobody ");
        }

        // The second person of the same address, and both side by side.
        await AskAsync(other, SignInServer.Negotiate);
        (await AskAsync(other, SignInServer.Finish("bob"))).Body.ShouldStartWith("bob ");
        (await AskAsync(ann)).Body.ShouldBe(signedIn.Body);
        (await AskAsync(other)).Body.ShouldStartWith("bob ");
    }

    [Fact]
    public async Task SignedIn_ClientLeaves_ItsConnectionIsClosedAndNobodyGetsIt()
    {
        await using var server = SignInServer.Start();
        await using var proxy = await ProxyUnderTest.StartAsync(Config(server.Address));
        await using (var ann = await RawHttp.ConnectAsync(proxy.Port))
        {
            await AskAsync(ann, SignInServer.Negotiate);
            (await AskAsync(ann, SignInServer.Finish("ann"))).Status.ShouldBe(200);
        }

        await Eventually.TrueAsync(() => Task.FromResult(server.Ended == 1), "the connection of the client is closed");
        for (var round = 0; round < 5; round++)
            (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task SignedIn_ServerClosesIt_NextRequestIsNobodyAndMaySignInAgain()
    {
        await using var server = SignInServer.Start(closes: head => head.StartsWith("GET /bye", StringComparison.Ordinal));
        await using var proxy = await ProxyUnderTest.StartAsync(Config(server.Address));
        await using var ann = await RawHttp.ConnectAsync(proxy.Port);

        for (var round = 0; round < 3; round++)
        {
            await AskAsync(ann, SignInServer.Negotiate);
            (await AskAsync(ann, SignInServer.Finish("ann"))).Body.ShouldStartWith("ann ");
            (await AskAsync(ann, target: "/bye")).Body.ShouldStartWith("ann ");
            (await AskAsync(ann)).Status.ShouldBe(401, "the new connection is signed in by nobody");
            (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(401);
        }
    }

    [Fact]
    public async Task SignIn_PoolOfThree_StaysWithItsServer()
    {
        await using var first = SignInServer.Start(name: "first");
        await using var second = SignInServer.Start(name: "second");
        await using var third = SignInServer.Start(name: "third");
        await using var proxy = await ProxyUnderTest.StartAsync(Config(first.Address, second.Address, third.Address));
        await using var ann = await RawHttp.ConnectAsync(proxy.Port);
        await using var bob = await RawHttp.ConnectAsync(proxy.Port);

        foreach (var (client, person) in new[] { (ann, "ann"), (bob, "bob") })
        {
            await AskAsync(client, SignInServer.Negotiate);
            (await AskAsync(client, SignInServer.Finish(person))).Body.ShouldStartWith(person);
        }

        var (anns, bobs) = ((await AskAsync(ann)).Body, (await AskAsync(bob)).Body);
        for (var round = 0; round < 6; round++)
        {
            (await AskAsync(ann)).Body.ShouldBe(anns);
            (await AskAsync(bob)).Body.ShouldBe(bobs);
            (await RawHttp.GetAsync(proxy.Port, "/open")).Body.ShouldStartWith("nobody");
        }
    }

    [Fact]
    public async Task SignIn_CredentialsOfARule_AreBoundToo()
    {
        await using var server = SignInServer.Start();
        var config = Config(server.Address);
        var route = config.Routes[0] with { RequestHeaders = [new() { Name = "Authorization", Value = "$http_x_as" }] };
        await using var proxy = await ProxyUnderTest.StartAsync(config with { Routes = [route] });
        await using var ann = await RawHttp.ConnectAsync(proxy.Port);

        await AskAsync(ann, "X-As: NTLM T1\r\n");
        (await AskAsync(ann, "X-As: NTLM 3:ann\r\n")).Body.ShouldStartWith("ann ");
        await using var bob = await RawHttp.ConnectAsync(proxy.Port);
        (await AskAsync(bob)).Status.ShouldBe(401);
        (await RawHttp.GetAsync(proxy.Port, "/open")).Body.ShouldStartWith("nobody");
    }

    [Fact]
    public async Task SignedIn_PoolsSettingsChange_OldConnectionIsUsedByNobody()
    {
        await using var server = SignInServer.Start();
        var config = Config(server.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        await using var ann = await RawHttp.ConnectAsync(proxy.Port);
        await AskAsync(ann, SignInServer.Negotiate);
        await AskAsync(ann, SignInServer.Finish("ann"));

        await proxy.ApplyAsync(config with { UpstreamPools = [config.UpstreamPools[0] with { KeepAliveTime = TimeSpan.FromMinutes(1) }] });

        (await AskAsync(ann)).Status.ShouldBe(401);
        await AskAsync(ann, SignInServer.Negotiate);
        (await AskAsync(ann, SignInServer.Finish("ann"))).Status.ShouldBe(200);
        await Eventually.TrueAsync(() => Task.FromResult(server.Ended >= 1), "the connection of the old settings is closed");
    }

    [Fact]
    public async Task SignIn_ClientOverTls_IsItsAlone()
    {
        await using var server = SignInServer.Start();
        await using var bed = await PolicyBed.StartAsync(_ => [], _ => Config(server.Address));
        await using var ann = await TlsClient.ConnectAsync(bed.Proxy, "open.example.com");
        await using var bob = await TlsClient.ConnectAsync(bed.Proxy, "open.example.com");

        await ann.SendAsync($"GET / HTTP/1.1\r\nHost: open.example.com\r\n{SignInServer.Negotiate}\r\n");
        (await ann.SendAsync($"GET / HTTP/1.1\r\nHost: open.example.com\r\n{SignInServer.Finish("ann")}\r\n")).Body.ShouldStartWith("ann ");

        (await bob.GetAsync("open.example.com")).Status.ShouldBe(401);
        (await ann.GetAsync("open.example.com")).Body.ShouldStartWith("ann ");
        await ann.DisposeAsync();
        await Eventually.TrueAsync(() => Task.FromResult(server.Ended == 1), "the connection of the client is closed");
    }

    [Fact]
    public async Task SignIn_OverHttp2_IsSentToHttp11()
    {
        await using var server = SignInServer.Start();
        await using var bed = await PolicyBed.StartAsync(_ => [], _ => Config(server.Address));
        await using var client = await TlsClient.ConnectAsync(bed.Proxy, "open.example.com", http2: true);
        (string, string)[] plain = [(":method", "GET"), (":scheme", "https"), (":path", "/open"), (":authority", "open.example.com")];

        (await client.Http2Async([.. plain, ("authorization", "NTLM T1")])).ShouldBe(0, "the stream is reset");
        server.Connections.ShouldBe(0);
        (await client.Http2Async(plain)).ShouldBe(200);
    }

    private ProxyConfig Config(params string[] servers)
    {
        var config = Configs.All(servers);
        return servers[0].StartsWith("https", StringComparison.Ordinal)
            ? config with
            {
                UpstreamPools = [config.UpstreamPools[0] with { Tls = new() { Trusted = _authority.Pem } }],
            }
            : config;
    }

    private static async Task<RawAnswer> AskAsync(RawHttp client, string headers = "", string target = "/")
    {
        await client.WriteAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
        var answer = RawAnswer.Parse(await client.ReadHeadAsync(), reset: false);
        var body = int.TryParse(answer.Value("Content-Length"), out var length) ? await client.ReadBytesAsync(length) : [];
        return answer with { Body = System.Text.Encoding.Latin1.GetString(body) };
    }
}
