using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Appliance.Testing;
using Appliance.Web.Certificates.Acme;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Web.Tests.Certificates.Acme;

/// <summary>Orders at a real authority, pebble, through a real proxy and the real lego.</summary>
public sealed class AcmeIssuerTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("appliance-acme-").FullName;
    private readonly List<AcmeStep> _steps = [];
    private byte[]? _account;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory]
    [InlineData(KeyKind.EcP256, 0)]
    [InlineData(KeyKind.Rsa2048, 40)]
    public async Task Order_ByHttp_IsIssuedAndLeavesNothing(KeyKind key, int rejectedNonces)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var pebble = await PebbleAuthority.StartAsync(new(proxy.Port) { RejectedNonces = rejectedNonces });

        var issued = (await OrderAsync(proxy, Order(pebble, "a.example.com") with { Key = key })).ShouldBeOfType<AcmeOutcome.Issued>();

        using var leaf = X509Certificate2.CreateFromPem(issued.Chain, issued.Key);
        leaf.MatchesHostname("a.example.com").ShouldBeTrue();
        leaf.GetKeyAlgorithm().ShouldBe(key == KeyKind.EcP256 ? "1.2.840.10045.2.1" : "1.2.840.113549.1.1.1");
        Runs().ShouldBeEmpty();
        _account.ShouldNotBeNull();
        _steps
            .Select(step => step.Stage)
            .Distinct()
            .ShouldBe([
                AcmeStage.Waiting,
                AcmeStage.Starting,
                AcmeStage.Registering,
                AcmeStage.Ordering,
                AcmeStage.WaitingForAuthority,
                AcmeStage.Validated,
                AcmeStage.Issuing,
            ]);
        issued.Log.ShouldNotContain(line => line.Contains(_data, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Order_AuthorityInADeniedNetwork_IsNotAsked()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new(), new() { DeniedUpstreams = [IPNetwork.Parse("127.0.0.0/8")] });
        await using var pebble = await PebbleAuthority.StartAsync(new(proxy.Port));
        var order = Order(pebble, "a.example.com");

        foreach (
            var directory in new[]
            {
                order.Directory,
                new UriBuilder(order.Directory) { Host = "0.0.0.0" }.Uri,
            }
        )
        {
            var failed = (await OrderAsync(proxy, order with { Directory = directory })).ShouldBeOfType<AcmeOutcome.Failed>();
            failed.Failure.Summary.ShouldContain("APPLIANCE_DENIED_UPSTREAMS");
        }

        _account.ShouldBeNull();
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData(1, 1)]
    [InlineData(-1, 0)] // a root that it has not: its own choice
    public async Task Order_PreferredChain_IsTakenWhereTheAuthorityOffersIt(int? preferred, int taken)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var pebble = await PebbleAuthority.StartAsync(new(proxy.Port) { OtherChains = 2 });
        var chain = preferred switch
        {
            null => null,
            < 0 => "--no such root",
            { } number => await NameAsync(number),
        };

        var issued = (
            await OrderAsync(proxy, Order(pebble, "a.example.com") with { PreferredChain = chain })
        ).ShouldBeOfType<AcmeOutcome.Issued>();

        var all = new X509Certificate2Collection();
        all.ImportFromPem(issued.Chain);
        all[^1].GetNameInfo(X509NameType.SimpleName, forIssuer: true).ShouldBe(await NameAsync(taken));
        (await NameAsync(0)).ShouldNotBe(await NameAsync(1));

        async Task<string> NameAsync(int number)
        {
            using var root = await pebble.RootAsync(number);
            return root.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        }
    }

    [Fact]
    public async Task Order_AccountFromBefore_IsUsedAndOneThatIsGoneIsOpenedAnew()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var pebble = await PebbleAuthority.StartAsync(new(proxy.Port));
        (await OrderAsync(proxy, Order(pebble, "a.example.com"))).ShouldBeOfType<AcmeOutcome.Issued>();
        var first = _account;
        _steps.Clear();

        (await OrderAsync(proxy, Order(pebble, "a.example.com"))).ShouldBeOfType<AcmeOutcome.Issued>();
        _steps.ShouldNotContain(step => step.Stage == AcmeStage.Registering);
        _account.ShouldBe(first);

        await pebble.StopAuthorityAsync();
        await pebble.StartAuthorityAsync();
        (await OrderAsync(proxy, Order(pebble, "a.example.com"))).ShouldBeOfType<AcmeOutcome.Issued>();
        _account.ShouldNotBe(first);
    }

    [Fact]
    public async Task Order_ByDns_WildcardIsIssuedAndSecretsStayOut()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var pebble = await PebbleAuthority.StartAsync(new(proxy.Port));
        await using var provider = await DnsApi.StartAsync(pebble, "p4ss w/rd+");

        var issued = (
            await OrderAsync(proxy, Order(pebble, "*.example.com") with { Way = Dns(pebble, provider, "p4ss w/rd+") })
        ).ShouldBeOfType<AcmeOutcome.Issued>();

        using var leaf = X509Certificate2.CreateFromPem(issued.Chain, issued.Key);
        leaf.MatchesHostname("any.example.com").ShouldBeTrue();
        provider.Records.ShouldBe(["_acme-challenge.example.com."]);
        _steps.ShouldContain(step => step.Stage == AcmeStage.WritingRecord && step.Name == "*.example.com");

        var refused = (
            await OrderAsync(proxy, Order(pebble, "*.example.com") with { Way = Dns(pebble, provider, "an old one") })
        ).ShouldBeOfType<AcmeOutcome.Failed>();
        refused
            .Failure.Problems.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(
                problem => problem.Trouble.ShouldBe(AcmeTrouble.ProviderSettings),
                problem => problem.Name.ShouldBe("*.example.com"),
                problem => problem.Detail.ShouldBe("httpreq: 401: request failed: *** is not the password")
            );
        string.Join('\n', refused.Log).ShouldNotContain("an old one");
    }

    [Theory]
    [InlineData("exec")]
    [InlineData("manual")]
    [InlineData("--help")]
    public async Task Order_ProviderThatRunsProgramsOrIsNone_IsNotUsed(string provider)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        var settings = ImmutableSortedDictionary.CreateRange([
            KeyValuePair.Create("EXEC_PATH", Path.Combine(_data, "made")),
            KeyValuePair.Create("LD_PRELOAD", "/tmp/x.so"),
        ]);
        var order = new LegoOrder
        {
            Names = ["a.example.com"],
            Directory = new("https://localhost/"),
            Email = "me@example.com",
            Way = new ChallengeWay.Dns(provider, settings, settings.Clear(), [], false),
        };
        (await OrderAsync(proxy, order))
            .ShouldBeOfType<AcmeOutcome.Failed>()
            .Failure.Problems.ShouldHaveSingleItem()
            .Trouble.ShouldBe(AcmeTrouble.NoProvider);
    }

    [Fact]
    public async Task Order_VariablesOfTheStoreAndTheProcess_OnlyTheProvidersReachLego()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        var seen = Path.Combine(_data, "seen");
        var script = Path.Combine(_data, "lego.sh");
        var real = new LegoProgram("lego", Environment.GetEnvironmentVariable).File;
        File.WriteAllText(
            script,
            $"#!/bin/bash\ncase \"$*\" in *dnshelp*) exec {real} \"$@\";; esac\n/usr/bin/env > {seen}\necho \"$@\" >> {seen}\nexit 1\n"
        );
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var issuer = Issuer(proxy, script);
        var settings = ImmutableSortedDictionary.CreateRange([
            KeyValuePair.Create("HTTPREQ_ENDPOINT", "https://dns.example.com"),
            KeyValuePair.Create("LD_PRELOAD", "/tmp/x.so"),
            KeyValuePair.Create("PATH", "/evil"),
            KeyValuePair.Create("AWS_TTL", "1"),
        ]);
        var order = new LegoOrder
        {
            Names = ["a.example.com"],
            Directory = new("https://localhost/"),
            Email = "me@example.com",
            Way = new ChallengeWay.Dns("httpreq", settings, settings.Clear().Add("HTTPREQ_PASSWORD", "secret"), [], false),
        };
        await issuer.OrderAsync(order, _ => Task.FromResult<byte[]?>(null), (_, _) => Task.CompletedTask, _ => { }, default);

        var lines = await File.ReadAllLinesAsync(seen);
        string[] shell = ["PWD", "SHLVL", "_", "OLDPWD"];
        lines[..^1]
            .Select(line => line.Split('=')[0])
            .Except(shell)
            .Except(["SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"])
            .Order(StringComparer.Ordinal)
            .ShouldBe(["HOME", "HTTPREQ_ENDPOINT", "HTTPREQ_PASSWORD"]);
        lines[^1].ShouldNotContain("secret");
        lines[^1].ShouldEndWith(" run");
    }

    [Fact]
    public async Task Order_NoAddress_SaysForWhichNameAndWhatToDo()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var pebble = await PebbleAuthority.StartAsync(new(proxy.Port));
        await pebble.LeadAllToAsync("");

        var failed = (await OrderAsync(proxy, Order(pebble, "a.example.com", "b.example.com"))).ShouldBeOfType<AcmeOutcome.Failed>();

        failed
            .Failure.Problems.Select(problem => (problem.Trouble, problem.Name))
            .ShouldBe([(AcmeTrouble.NoRecord, "a.example.com"), (AcmeTrouble.NoRecord, "b.example.com")]);
        failed.Failure.Problems[0].What.ShouldBe("The authority found no address for a.example.com.");
        failed.Failure.Summary.ShouldBe("The authority found no address for a.example.com. (1 more)");
        _account.ShouldNotBeNull(); // opened all the same, and not opened again
        Runs().ShouldBeEmpty();
    }

    [Fact]
    public async Task Order_AnotherServerAnswers_SaysSo()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var other = await ProxyUnderTest.StartAsync(new());
        await using var pebble = await PebbleAuthority.StartAsync(new(other.Port));
        var failed = (await OrderAsync(proxy, Order(pebble, "a.example.com"))).ShouldBeOfType<AcmeOutcome.Failed>();
        failed.Failure.Problems.ShouldHaveSingleItem().Trouble.ShouldBe(AcmeTrouble.WrongAnswer);
    }

    [Theory]
    [InlineData(null, null, "key that it hands out")]
    [InlineData("kid-9", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W", "does not take this key")]
    [InlineData("kid-1", "AAAAZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W", "does not take this key")]
    [InlineData("kid-1", "no base64!", "cannot be read")]
    [InlineData("kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W", null)]
    public async Task Order_AccountsNeedAKey_SaysWhatIsWrongWithIt(string? kid, string? hmac, string? says)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var pebble = await PebbleAuthority.StartAsync(
            new(proxy.Port) { Binding = ("kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W") }
        );
        var outcome = await OrderAsync(proxy, Order(pebble, "a.example.com") with { Binding = kid is null ? null : new(kid, hmac!) });
        if (says is null)
        {
            outcome.ShouldBeOfType<AcmeOutcome.Issued>();
            return;
        }

        var problem = outcome.ShouldBeOfType<AcmeOutcome.Failed>().Failure.Problems.ShouldHaveSingleItem();
        (problem.Trouble, problem.What.Contains(says, StringComparison.Ordinal)).ShouldBe((AcmeTrouble.Binding, true), problem.What);
        _account.ShouldBeNull();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public async Task Order_AccountNeedsAKey_IsOpenedWithoutTellingLegoTheKey(int rejectedNonces)
    {
        const string Hmac = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
        var seen = Path.Combine(_data, "seen");
        var lego = Path.Combine(_data, "lego");
        var real = new LegoProgram("lego", Environment.GetEnvironmentVariable).File;
        await File.WriteAllTextAsync(lego, $"#!/bin/sh\n{{ printf '%s\\n' \"$@\"; /usr/bin/env; }} >> '{seen}'\nexec '{real}' \"$@\"\n");
        File.SetUnixFileMode(lego, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var pebble = await PebbleAuthority.StartAsync(
            new(proxy.Port) { Binding = ("kid-1", Hmac), RejectedNonces = rejectedNonces }
        );
        var order = Order(pebble, "a.example.com") with { Binding = new("kid-1", Hmac) };
        using var issuer = Issuer(proxy, lego);
        var opened = new List<byte[]>();

        // The second order uses the account of the first.
        for (var times = 0; times < 2; times++)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            var outcome = await issuer.OrderAsync(order, _ => Task.FromResult(opened.LastOrDefault()), KeepAsync, _steps.Add, limit.Token);
            var said = outcome is AcmeOutcome.Failed failed ? failed.Failure.Problems[0] + string.Join('\n', failed.Log) : "";
            outcome.ShouldBeOfType<AcmeOutcome.Issued>(said);
        }

        var told = await File.ReadAllTextAsync(seen);
        told.ShouldContain("--csr");
        told.ShouldNotContain(Hmac);
        told.ShouldNotContain("--hmac");
        told.ShouldNotContain("kid-1");
        _steps.Count(step => step.Stage == AcmeStage.Registering).ShouldBe(1);

        Task KeepAsync(byte[] kept, CancellationToken cancellationToken)
        {
            opened.Add(kept);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Order_NameIsRefused_SaysSo()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var pebble = await PebbleAuthority.StartAsync(new(proxy.Port) { Blocked = ["blocked.example"] });
        var failed = (await OrderAsync(proxy, Order(pebble, "x.blocked.example"))).ShouldBeOfType<AcmeOutcome.Failed>();
        failed
            .Failure.Problems.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(
                problem => problem.Trouble.ShouldBe(AcmeTrouble.NameRefused),
                problem => problem.Detail!.ShouldContain("x.blocked.example")
            );
    }

    [Fact]
    public async Task Order_RootPastedWithIndentationAndWords_IsTrusted()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var pebble = await PebbleAuthority.StartAsync(new(proxy.Port));
        var pasted = "subject=pebble\r\n    " + pebble.TrustedRoots.Replace("\n", "\r\n    ", StringComparison.Ordinal);
        (await OrderAsync(proxy, Order(pebble, "a.example.com") with { TrustedRoots = pasted })).ShouldBeOfType<AcmeOutcome.Issued>();
    }

    [Fact]
    public async Task Order_AuthorityAwayOrUntrustedOrNone_SaysWhich()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var pebble = await PebbleAuthority.StartAsync(new(proxy.Port));
        (await TroubleAsync(Order(pebble, "a.example.com") with { TrustedRoots = null })).ShouldBe(AcmeTrouble.AuthorityUntrusted);
        (await TroubleAsync(Order(pebble, "a.example.com") with { Directory = new(pebble.Directory, "/nothing") })).ShouldBe(
            AcmeTrouble.NoDirectory
        );
        await pebble.StopAuthorityAsync();
        (await TroubleAsync(Order(pebble, "a.example.com"))).ShouldBe(AcmeTrouble.AuthorityAway);

        async Task<AcmeTrouble> TroubleAsync(LegoOrder order) =>
            (await OrderAsync(proxy, order)).ShouldBeOfType<AcmeOutcome.Failed>().Failure.Problems.ShouldHaveSingleItem().Trouble;
    }

    [Fact]
    public async Task Order_NoLego_SaysWhatToInstall()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        using var issuer = Issuer(proxy, "lego-that-is-not-there");
        var outcome = await issuer.OrderAsync(
            new()
            {
                Names = ["a.example.com"],
                Directory = new("https://localhost/"),
                Email = "me@example.com",
                Way = new ChallengeWay.Http(),
            },
            _ => Task.FromResult<byte[]?>(null),
            (_, _) => Task.CompletedTask,
            _ => { },
            default
        );
        outcome
            .ShouldBeOfType<AcmeOutcome.Failed>()
            .Failure.Problems.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(
                problem => problem.Trouble.ShouldBe(AcmeTrouble.NoProgram),
                problem => problem.What.ShouldContain("lego-that-is-not-there"),
                problem => problem.ToDo.ShouldContain("apt-get install lego")
            );
        Runs().ShouldBeEmpty();
    }

    [Fact]
    public async Task Order_Stopped_EndsLegoAndLeavesNothing()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var pebble = await PebbleAuthority.StartAsync(new(proxy.Port));
        using var stop = new CancellationTokenSource();
        using var issuer = Issuer(proxy, "lego");
        var order = issuer.OrderAsync(
            Order(pebble, "a.example.com"),
            _ => Task.FromResult<byte[]?>(null),
            (_, _) => Task.CompletedTask,
            step =>
            {
                if (step.Stage == AcmeStage.WaitingForAuthority)
                    stop.Cancel();
            },
            stop.Token
        );
        await Should.ThrowAsync<OperationCanceledException>(order);
        Runs().ShouldBeEmpty();
        Folders().Clean(); // nothing there is no fault
    }

    [Fact]
    public void Clean_RunsOfAnEndedProcess_AreGone()
    {
        using var left = Folders().New();
        File.WriteAllText(Path.Combine(left.Path, "account.key"), "secret");
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(left.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Folders().Clean();
        Runs().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Clean_ProcessOfARunThatIsLeft_IsEndedOnlyWhenItWorksInThatFolder(bool isItsOwn)
    {
        using var left = Folders().New();
        using var other = Folders().New();
        using var process = System.Diagnostics.Process.Start(
            "/bin/sh",
            ["-c", "sleep 100; :", "lego", "--path", isItsOwn ? left.Path : other.Path]
        );
        try
        {
            left.Note(process.Id);
            Folders().Clean();
            Runs().ShouldBeEmpty();
            if (isItsOwn)
                await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token);
            process.HasExited.ShouldBe(isItsOwn);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public void Folder_CannotBeDeleted_LosesNothingOfTheRun()
    {
        var path = Path.Combine(_data, new string('x', 300)); // no file system takes such a name
        Should.Throw<IOException>(() => Directory.Delete(path, recursive: true)).ShouldNotBeOfType<DirectoryNotFoundException>();
        var left = new RunFolders.RunFolder(path, Folders());
        Should.NotThrow(left.Dispose);
    }

    private static LegoOrder Order(PebbleAuthority pebble, params string[] names) =>
        new()
        {
            Names = [.. names],
            Directory = pebble.Directory,
            TrustedRoots = pebble.TrustedRoots,
            Email = "me@example.com",
            Way = new ChallengeWay.Http(),
        };

    private static ChallengeWay.Dns Dns(PebbleAuthority pebble, DnsApi provider, string password) =>
        new(
            "httpreq",
            ImmutableSortedDictionary.CreateRange([
                KeyValuePair.Create("HTTPREQ_ENDPOINT", provider.Address),
                KeyValuePair.Create("HTTPREQ_USERNAME", "me"),
                KeyValuePair.Create("HTTPREQ_POLLING_INTERVAL", "1"),
            ]),
            ImmutableSortedDictionary.CreateRange([KeyValuePair.Create("HTTPREQ_PASSWORD", password)]),
            [pebble.Resolver],
            SkipCheck: true
        );

    private AcmeIssuer Issuer(ProxyUnderTest proxy, string lego) =>
        new(
            new(lego, Environment.GetEnvironmentVariable),
            new(new(lego, Environment.GetEnvironmentVariable)),
            Folders(),
            proxy.Host.Challenges,
            proxy.Host.Destinations,
            TimeProvider.System,
            NullLogger<AcmeIssuer>.Instance
        );

    private async Task<AcmeOutcome> OrderAsync(ProxyUnderTest proxy, LegoOrder order)
    {
        using var issuer = Issuer(proxy, "lego");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        return await issuer.OrderAsync(
            order,
            _ => Task.FromResult(_account),
            (kept, _) => Task.FromResult(_account = kept),
            _steps.Add,
            limit.Token
        );
    }

    private RunFolders Folders() => new(Path.Combine(_data, "acme"), NullLogger<RunFolders>.Instance);

    private string[] Runs() => Directory.Exists(Path.Combine(_data, "acme")) ? Directory.GetDirectories(Path.Combine(_data, "acme")) : [];
}
