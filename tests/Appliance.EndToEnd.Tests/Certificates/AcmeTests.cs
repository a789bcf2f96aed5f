using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Appliance.Data;
using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.Hosting;
using Microsoft.EntityFrameworkCore;

namespace Appliance.EndToEnd.Tests.Certificates;

/// <summary>Certificates by ACME as people have them: the product, lego, an authority, and clients that trust it.</summary>
public sealed class AcmeTests : IAsyncLifetime
{
    private static readonly Actor _boss = Actor.Local("test");
    private readonly ApplianceProcess _product = new();
    private readonly int _httpsPort = FreePorts.Next();
    private PebbleAuthority? _pebble;

    public async Task InitializeAsync()
    {
        _product.Settings["APPLIANCE_HTTPS_PORT"] = _httpsPort.ToString();
        _pebble = await PebbleAuthority.StartAsync(new(_product.HttpPort) { OtherChains = 1 });
    }

    public async Task DisposeAsync()
    {
        await _product.DisposeAsync();
        await Pebble.DisposeAsync();
    }

    private PebbleAuthority Pebble => _pebble ?? throw new InvalidOperationException("Not started.");

    [Fact]
    public async Task Order_ByHttp_IsServedRenewedUnderAnOpenWebSocketAndKeptOverARestart()
    {
        await using var backend = await BackendProcess.NodeAsync();
        var id = await OrderAsync("a.example.com");
        await _product.StartAsync();
        (
            await _product.ApplyAsync(
                $$"""
                { "upstreamPools": [ { "name": "echo", "servers": [ { "address": "{{backend.Address}}" } ] } ], "routes": [ { "name": "all", "path": "/", "action": { "kind": "proxy", "pool": "echo" } } ] }
                """
            )
        ).ExitCode.ShouldBe(0);
        var root = await Pebble.RootAsync();
        var first = await ServedAsync("a.example.com", root, not: null);

        using var trusting = new HttpMessageInvoker(Trusting(root));
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new("wss://a.example.com/"), trusting, Limit());
        await Clients.EchoAsync(socket, "before");

        (await WithStoreAsync(store => store.Orders.PlanAsync(id, DateTimeOffset.UtcNow, default))).ShouldBeTrue();
        var second = await ServedAsync("a.example.com", root, not: first);
        second.ShouldNotBe(first);
        await Clients.EchoAsync(socket, "after");
        (await _product.TerminateAsync()).ShouldBe(0);

        await _product.StartAsync();
        (await ServedAsync("a.example.com", root, not: null)).ShouldBe(second);
        _product.Output.ShouldNotContain("PRIVATE KEY");
        Leftovers().ShouldBeEmpty();
    }

    [Fact]
    public async Task Order_PreferredChain_IsServedAndKeptByTheRenewal()
    {
        using var other = await Pebble.RootAsync(1);
        var id = await OrderAsync("a.example.com", Pebble.Directory, other.GetNameInfo(X509NameType.SimpleName, forIssuer: false));
        await _product.StartAsync();
        var first = await ServedAsync("a.example.com", other, not: null);

        (await WithStoreAsync(store => store.Orders.PlanAsync(id, DateTimeOffset.UtcNow, default))).ShouldBeTrue();
        await ServedAsync("a.example.com", other, not: first);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Issued_DatabaseRefusesIt_IsKeptSealedOverAKillAndStoredWithoutAnotherOrder(bool killed)
    {
        var id = await OrderAsync("a.example.com");
        await InDatabaseAsync(
            "CREATE TRIGGER full BEFORE UPDATE OF Pem ON Certificates BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END; CREATE TRIGGER full_too BEFORE INSERT ON AcmeAccounts BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        );
        await _product.StartAsync();
        await Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    _product.Output.Contains(
                        "Certificate a.example.com was issued, and the database does not take it. It is kept sealed in the data folder",
                        StringComparison.Ordinal
                    )
                ),
            "it is said",
            TimeSpan.FromSeconds(100)
        );
        var kept = Kept().ShouldHaveSingleItem();
        Path.GetFileName(kept).ShouldBe($"{id:N}.sealed");
        (await File.ReadAllTextAsync(kept)).ShouldNotContain("a.example.com");
        if (killed)
        {
            await _product.KillAsync();
            await WithStoreAsync(store => store.Orders.PlanAsync(id, DateTimeOffset.UtcNow, default)); // due at once
            await _product.StartAsync();
        }

        await InDatabaseAsync("DROP TRIGGER full; DROP TRIGGER full_too");
        await ServedAsync("a.example.com", await Pebble.RootAsync(), not: null);
        await Eventually.TrueAsync(() => Task.FromResult(Kept().Length == 0), "nothing is kept beside the database");
        Pebble.Issued.ShouldBe(1);
        var row = await RowAsync(id, row => row.Pem is not null);
        (row.FailuresInRow, row.LastProblem).ShouldBe((0, null));
        (
            await WithStoreAsync(store => store.Orders.LoadAccountAsync(Pebble.Directory.AbsoluteUri, "me@example.com", default))
        ).ShouldNotBeNull();
    }

    [Fact]
    public async Task Order_AuthorityAway_IsTriedAgainAndServedThen()
    {
        await Pebble.StopAuthorityAsync();
        var id = await OrderAsync("a.example.com");
        await _product.StartAsync();
        var failed = await RowAsync(id, row => row.FailuresInRow == 1);
        failed.LastProblem.ShouldBe($"The authority at {Pebble.Directory.Authority} cannot be reached.");
        (failed.NextTryUtc.ShouldNotBeNull() - failed.LastTriedUtc.ShouldNotBeNull()).TotalSeconds.ShouldBeInRange(59, 73);

        await Pebble.StartAuthorityAsync();
        await ServedAsync("a.example.com", await Pebble.RootAsync(), not: null); // within a minute, by itself
        (await RowAsync(id, row => row.FailuresInRow == 0)).LastProblem.ShouldBeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_InTheMiddleOfAnOrder_LeavesNothingAndGoesOnAtTheNextStart(bool killed)
    {
        await using var silent = new SilentServer();
        await OrderAsync("a.example.com", silent.Directory);
        var id = await OrderAsync("b.example.com");
        await _product.StartAsync();
        await silent.AskedAsync();
        if (killed)
            await _product.KillAsync();
        else
            (await _product.TerminateAsync()).ShouldBe(0);
        if (!killed)
            Leftovers().ShouldBeEmpty();

        await _product.StartAsync();
        await RowAsync(id, row => row.Pem is not null);
        // And the other one is tried again, too: after a kill when the time is over that was written when it began.
        await silent.AskedAsync(2);
        Leftovers().Length.ShouldBe(1);
        (await _product.TerminateAsync()).ShouldBe(0);
        Leftovers().ShouldBeEmpty();
    }

    private Task<Guid> OrderAsync(string name) => OrderAsync(name, Pebble.Directory);

    // Past the console, as another process would: on the data folder, while the product runs or not.
    private async Task<Guid> OrderAsync(string name, Uri directory, string? chain = null)
    {
        if (!File.Exists(Path.Combine(_product.Data, "appliance.db")))
            (await Node.OpenAsync(new() { Data = _product.Data }, default)).Dispose();
        var order = new AcmeOrder
        {
            DirectoryUrl = directory.AbsoluteUri,
            Email = "me@example.com",
            TrustedRoots = Pebble.TrustedRoots,
            PreferredChain = chain,
        };
        return (await WithStoreAsync(store => store.OrderAsync(name, [name], order, AcmeSecrets.None, _boss, default)))
            .ShouldBeOfType<CertificateResult.Done>()
            .Row.Id;
    }

    private async Task<T> WithStoreAsync<T>(Func<CertificateStore, Task<T>> what)
    {
        using var store = new CertificateStore(
            new ContextFactory(Path.Combine(_product.Data, "appliance.db")),
            await File.ReadAllBytesAsync(Path.Combine(_product.Data, "master.key")),
            TimeProvider.System
        );
        return await what(store);
    }

    private async Task<CertificateRow> RowAsync(Guid id, Func<CertificateRow, bool> fits)
    {
        CertificateRow? row = null;
        await Eventually.TrueAsync(
            async () => (row = await WithStoreAsync(store => store.FindAsync(id, default))) is not null && fits(row),
            "the order ended; " + _product.Output,
            TimeSpan.FromSeconds(200)
        ); // a claim is a minute, a look 15 seconds
        return row!; // it fits
    }

    private async Task<int> InDatabaseAsync(string statements)
    {
        await using var db = new ContextFactory(Path.Combine(_product.Data, "appliance.db")).CreateDbContext();
        return await db.Database.ExecuteSqlRawAsync(statements);
    }

    private string[] Kept() => Directory.GetFiles(Path.Combine(_product.Data, "acme"), "*.sealed");

    private string[] Leftovers() =>
        Directory.Exists(Path.Combine(_product.Data, "acme")) ? Directory.GetDirectories(Path.Combine(_product.Data, "acme")) : [];

    // The thumbprint of what a client that trusts this root alone is shown.
    private async Task<string> ServedAsync(string name, X509Certificate2 root, string? not)
    {
        var shown = "";
        await Eventually.TrueAsync(
            async () =>
            {
                using var tcp = new TcpClient();
                await tcp.ConnectAsync(IPAddress.Loopback, _httpsPort);
                await using var tls = new SslStream(tcp.GetStream());
                try
                {
                    await tls.AuthenticateAsClientAsync(Trust(root, name), Limit());
                }
                catch (System.Security.Authentication.AuthenticationException)
                {
                    return false;
                }

                shown = tls.RemoteCertificate!.GetCertHashString();
                return shown != not;
            },
            $"{name} is served; {_product.Output}",
            TimeSpan.FromSeconds(120)
        );
        return shown;
    }

    private SocketsHttpHandler Trusting(X509Certificate2 root) =>
        new()
        {
            SslOptions = Trust(root, null),
            ConnectCallback = async (_, cancelled) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, _httpsPort, cancelled);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };

    private static SslClientAuthenticationOptions Trust(X509Certificate2 root, string? name)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(root);
        return new() { TargetHost = name, CertificateChainPolicy = policy };
    }

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;
}
