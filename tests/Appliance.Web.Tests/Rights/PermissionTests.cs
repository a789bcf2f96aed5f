using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Rights;

namespace Appliance.Web.Tests.Rights;

public sealed class PermissionTests
{
    private static readonly UpstreamPool _ours = Pool("ours");
    private static readonly UpstreamPool _theirs = Pool("theirs");
    private static readonly UpstreamPool _shared = Pool("shared");
    private static readonly UpstreamPool _unused = Pool("unused");
    private static readonly UpstreamPool _tagged = Pool("tagged") with { Tags = ["team-a"] };
    private static readonly HeaderMap _map = new()
    {
        Name = "$theirs",
        Source = "$host",
        Default = "x",
    };
    private static readonly Route _a1 = Route("a1", "x.a.example.com", "ours");
    private static readonly Route _a2 = Route("a2", "y.a.example.com", "shared");
    private static readonly Route _b1 = Route("b1", "x.b.example.com", "theirs") with
    {
        RequestHeaders = [new() { Name = "X-T", Value = "$theirs" }],
    };
    private static readonly Route _b2 = Route("b2", "y.b.example.com", "shared");

    private static readonly ProxyConfig _head = new()
    {
        Routes = [_a1, _b1, _a2, _b2],
        UpstreamPools = [_ours, _theirs, _shared, _unused, _tagged],
        HeaderMaps = [_map],
    };

    public static TheoryData<string, bool> Cases() =>
        new()
        {
            { "own route, other path", true },
            { "own route, host of theirs", false },
            { "own route, one more host of theirs", false },
            { "own route, every host", false },
            { "own route, regex host", false },
            { "own route, own pool", true },
            { "own route, their pool", false },
            { "own route, tagged pool", false },
            { "own route, unused pool", true },
            { "own route, their map", false },
            { "own route away", true },
            { "own route off", true },
            { "own route before theirs", true },
            { "new own route", true },
            { "new own route and pool", true },
            { "new route of theirs", false },
            { "their route, other path", false },
            { "their route, host of ours", false },
            { "their route away", false },
            { "their routes in another order", false },
            { "own pool", true },
            { "their pool", false },
            { "shared pool", false },
            { "unused pool", true },
            { "tagged pool", false },
            { "unused pool, tag of theirs", false },
            { "their pool away with their routes", false },
            { "their map", false },
            { "own route with their pool under another name", false },
            { "nothing", true },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Scope_ByHost_IsEnforcedOnWhatChanges(string name, bool allowed)
    {
        var faults = Faults(new(Role.Operator, Scope("host:*.a.example.com")), _head, Change(name, _head));
        (faults.Count == 0).ShouldBe(allowed, string.Join(' ', faults.Select(fault => fault.Message)));
        faults.ShouldAllBe(fault => fault.Code == "not_allowed" && fault.Message.EndsWith('.'));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Roles_ViewerNothing_OthersEverything(string name, bool allowed)
    {
        _ = allowed;
        var next = Change(name, _head);
        Faults(new(Role.Administrator, Scope("host:none.example.com")), _head, next).ShouldBeEmpty();
        Faults(new(Role.Operator, AccessScope.Everything), _head, next).ShouldBeEmpty();
        Faults(new(Role.Viewer, AccessScope.Everything), _head, next).ShouldHaveSingleItem().Message.ShouldContain("Viewer");
        Faults(Grant.Nothing, _head, next).ShouldHaveSingleItem().Message.ShouldContain("session has ended");
    }

    [Fact]
    public void Scope_ByTag_CoversTaggedItems()
    {
        var grant = new Grant(Role.Operator, Scope("tag:team-a"));
        Faults(grant, _head, Items.Put(_head, _tagged with { Balancing = Balancing.Random })).ShouldBeEmpty();
        Faults(grant, _head, Items.Put(_head, _tagged with { Tags = ["team-b"] })).ShouldHaveSingleItem();
        Faults(grant, _head, Items.Put(_head, _a1 with { Path = "/new" })).ShouldHaveSingleItem().Path.ShouldBe("routes/a1/name");
        var tagged = Items.Put(_head, _a1 with { Tags = ["Team-A"] });
        Faults(grant, tagged, Items.Put(tagged, _a1 with { Tags = ["Team-A"], Path = "/new" })).ShouldBeEmpty();
        Faults(grant, _head, tagged).ShouldHaveSingleItem("nobody tags a route for themselves");
    }

    [Fact]
    public void Scope_ByTagAlone_TakesNoHostOfOthers()
    {
        var grant = new Grant(Role.Operator, Scope("tag:team-a"));
        var head = Items.Put(_head, _a1 with { Tags = ["team-a"] });
        Route Mine(params string[] hosts) => Route("mine", "x", "tagged") with { Tags = ["team-a"], Hosts = [.. hosts] };
        Faults(grant, head, Items.Put(head, Mine("X.A.example.com"))).ShouldBeEmpty("a host that a route of theirs has");
        Faults(grant, head, Items.Put(head, Mine("bank.example.com"))).ShouldHaveSingleItem().Path.ShouldBe("routes/mine/hosts");
        Faults(grant, head, Items.Put(head, Mine())).ShouldHaveSingleItem("every host");
        Faults(grant, head, Items.Put(head, _a1 with { Tags = ["team-a"], Hosts = ["x.a.example.com", "x.b.example.com"] }))
            .ShouldHaveSingleItem();
        var regex = Items.Put(head, _a1 with { Tags = ["team-a"], Hosts = [@"~^n\d+\.team\.test$"] });
        Faults(grant, regex, Items.Put(regex, Mine(@"~^n\d+\.team\.test$"))).ShouldBeEmpty("a regex that a route of theirs has");
        Faults(grant, regex, Items.Put(regex, Mine(@"~^n\D+\.team\.test$")))
            .ShouldHaveSingleItem("the opposite of it")
            .Path.ShouldBe("routes/mine/hosts");
        var everyHost = Items.Put(head, _a1 with { Tags = ["team-a"], Hosts = [] });
        Faults(grant, everyHost, Items.Put(everyHost, Mine())).ShouldBeEmpty("they have every host already");
    }

    [Theory]
    [InlineData("host:*.a.example.com", "", "x.a.example.com", true)]
    [InlineData("host:*.a.example.com", "", "x.a.example.com X.B.a.example.com *.c.a.example.com", true)]
    [InlineData("host:*.a.example.com", "", "x.a.example.com x.b.example.com", false)]
    [InlineData("host:*.a.example.com", "", "*.example.com", false)]
    [InlineData("host:*.a.example.com", "", "", false)]
    [InlineData("host:*.a.example.com tag:team-a", "", "x.a.example.com", false)]
    [InlineData("host:*.a.example.com tag:team-a", "team-a", "x.a.example.com", true)]
    [InlineData("tag:team-a", "team-a", "x.a.example.com", true)] // a route of theirs has it
    [InlineData("tag:team-a", "team-a", "bank.example.com", false)]
    [InlineData("tag:team-a", "team-a", "", false)]
    [InlineData("tag:team-a", "", "x.a.example.com", false)]
    public void Policy_IsWithinAScope_WhenEveryHostIs(string scope, string tag, string hosts, bool allowed)
    {
        var grant = new Grant(Role.Operator, Scope(scope));
        var head = Items.Put(_head, _a1 with { Tags = ["team-a"] });
        var policy = new TlsPolicy
        {
            Name = "p",
            Hosts = [.. hosts.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            Tags = tag.Length == 0 ? [] : [tag],
        };
        var with = Items.Put(head, policy);
        var added = Faults(grant, head, with);
        (added.Count == 0).ShouldBe(allowed, string.Join(' ', added.Select(fault => fault.Message)));
        added.ShouldAllBe(fault => fault.Path == "tlsPolicies/p/hosts" || fault.Path == "tlsPolicies/p/tags");
        Permission.Covers(grant.Reach, with, policy).ShouldBe(allowed || hosts == "bank.example.com");

        // Nor is one that is there changed, lifted or taken over.
        if (allowed || hosts == "bank.example.com")
            return;
        Faults(grant, with, Items.Put(with, policy with { ForceHttps = true })).ShouldNotBeEmpty();
        Faults(grant, with, Items.Put(with, policy with { Hosts = ["x.a.example.com"], Tags = ["team-a"] })).ShouldNotBeEmpty();
        Faults(grant, with, Items.Remove(with, new HashSet<Guid> { policy.Id })).ShouldHaveSingleItem().Path.ShouldBe("tlsPolicies/p/name");
        Faults(new(Role.Operator, AccessScope.Everything), with, head).ShouldBeEmpty();
    }

    [Fact]
    public void Covers_MapsThatReadEachOther_EndsAndEachIsAskedOnce()
    {
        var scope = Scope("host:*.a.example.com");
        HeaderMap Reading(string name, params string[] read) =>
            new()
            {
                Name = name,
                Source = string.Join(' ', read.DefaultIfEmpty("$host")),
                Default = "",
            };
        var circle = new ProxyConfig { HeaderMaps = [Reading("$one", "$two"), Reading("$two", "$one")] };
        Permission.Covers(scope, circle, circle.HeaderMaps[0]).ShouldBeTrue("nothing else uses it");
        Faults(new(Role.Operator, scope), ProxyConfig.Empty, circle).ShouldBeEmpty();

        // Two maps a layer, each read by both of the next: 2^40 ways from the first to the last.
        var layers = Enumerable
            .Range(0, 40)
            .SelectMany(layer =>
                new[] { "a", "b" }.Select(one =>
                    layer == 0 ? Reading($"${one}0") : Reading($"${one}{layer}", $"$a{layer - 1}", $"$b{layer - 1}")
                )
            )
            .ToList();
        var deep = new ProxyConfig
        {
            HeaderMaps = [.. layers],
            Routes = [Route("b", "x.b.example.com", "p") with { RequestHeaders = [new() { Name = "X", Value = "$a39" }] }],
        };
        Permission.Covers(scope, deep, layers[0]).ShouldBeFalse();
    }

    [Fact]
    public void WhyNot_SaysWhichOfBoth()
    {
        Permission.WhyNot(new(Role.Viewer, AccessScope.Everything), _head, _a1).ShouldNotBeNull().ShouldContain("role Operator");
        Permission
            .WhyNot(new(Role.Operator, Scope("host:*.a.example.com")), _head, _b1)
            .ShouldNotBeNull()
            .ShouldContain("outside of your scope (host:*.a.example.com)");
        Permission.WhyNot(new(Role.Operator, Scope("host:*.a.example.com")), _head, _a1).ShouldBeNull();
    }

    [Theory]
    [InlineData("mine", true)]
    [InlineData("MINE", true)]
    [InlineData("billing", false)]
    [InlineData("both", false)]
    [InlineData("nameless", false)]
    [InlineData("not-here", false)]
    public void Scope_ClientCertificateOfAPool_IsOnesOwn(string name, bool allowed)
    {
        var grant = new Grant(Role.Operator, Scope("host:*.a.example.com"));
        var next = Items.Put(_head, _ours with { Tls = new() { ClientCertificate = name } });
        var faults = Faults(grant, _head, next);
        (faults.Count == 0).ShouldBe(allowed);
        faults.ShouldAllBe(fault =>
            fault.Path == "upstreamPools/ours/tls/clientCertificate"
            && fault.Code == "not_allowed"
            && fault.Message.Contains("ask an administrator")
        );
        (Faults(grant, _head, Items.Put(_head, Pool("new") with { Tls = new() { ClientCertificate = name } })).Count == 0).ShouldBe(
            allowed
        );
        Faults(new(Role.Operator, AccessScope.Everything), _head, next).ShouldBeEmpty();

        // What an administrator has set there stays when something else changes, and may be taken out.
        Faults(grant, next, Items.Put(next, next.UpstreamPools.Single(pool => pool.Name == "ours") with { Balancing = Balancing.Random }))
            .ShouldBeEmpty();
        Faults(grant, next, Items.Put(next, _ours)).ShouldBeEmpty();
    }

    private static IReadOnlyList<ConfigProblem> Faults(Grant grant, ProxyConfig head, ProxyConfig next) =>
        Permission.Faults(grant, head, next, name => name.ToUpperInvariant() switch
            {
                "MINE" => ["x.a.example.com", "y.a.example.com"],
                "BILLING" => ["billing.example.com"],
                "BOTH" => ["x.a.example.com", "billing.example.com"],
                "NAMELESS" => [],
                _ => null,
            });

    private static ProxyConfig Change(string name, ProxyConfig head) =>
        name switch
        {
            "own route, other path" => Items.Put(head, _a1 with { Path = "/new" }),
            "own route, host of theirs" => Items.Put(head, _a1 with { Hosts = ["x.b.example.com"] }),
            "own route, one more host of theirs" => Items.Put(head, _a1 with { Hosts = ["x.a.example.com", "x.b.example.com"] }),
            "own route, every host" => Items.Put(head, _a1 with { Hosts = [] }),
            "own route, regex host" => Items.Put(head, _a1 with { Hosts = ["~^x\\.a\\.example\\.com$"] }),
            "own route, own pool" => Items.Put(head, _a2 with { Action = new RouteAction.Proxy { Pool = "ours" } }),
            "own route, their pool" => Items.Put(head, _a1 with { Action = new RouteAction.Proxy { Pool = "theirs" } }),
            "own route, tagged pool" => Items.Put(head, _a1 with { Action = new RouteAction.Proxy { Pool = "tagged" } }),
            "own route, unused pool" => Items.Put(head, _a1 with { Action = new RouteAction.Proxy { Pool = "unused" } }),
            "own route, their map" => Items.Put(head, _a1 with { RequestHeaders = [new() { Name = "X-T", Value = "${theirs}" }] }),
            "own route away" => Items.Remove(head, new HashSet<Guid> { _a1.Id }),
            "own route off" => Items.Put(head, _a1 with { Enabled = false }),
            "own route before theirs" => head with { Routes = [_b1, _a1, _a2, _b2] },
            "new own route" => Items.Put(head, Route("a3", "*.z.a.example.com", "ours")),
            "new own route and pool" => Items.Put(Items.Put(head, Pool("mine")), Route("a3", "z.a.example.com", "mine")),
            "new route of theirs" => Items.Put(head, Route("b3", "z.b.example.com", "ours")),
            "their route, other path" => Items.Put(head, _b1 with { Path = "/new" }),
            "their route, host of ours" => Items.Put(head, _b1 with { Hosts = ["x.a.example.com"] }),
            "their route away" => Items.Remove(head, new HashSet<Guid> { _b1.Id }),
            "their routes in another order" => head with { Routes = [_a1, _b2, _a2, _b1] },
            "own pool" => Items.Put(head, _ours with { Balancing = Balancing.Random }),
            "their pool" => Items.Put(head, _theirs with { Balancing = Balancing.Random }),
            "shared pool" => Items.Put(head, _shared with { Balancing = Balancing.Random }),
            "unused pool" => Items.Put(head, _unused with { Balancing = Balancing.Random }),
            "tagged pool" => Items.Put(head, _tagged with { Balancing = Balancing.Random }),
            "unused pool, tag of theirs" => Items.Put(head, _unused with { Tags = ["team-b"] }),
            "their pool away with their routes" => Items.Remove(head, new HashSet<Guid> { _theirs.Id, _b1.Id }),
            "their map" => Items.Put(head, _map with { Default = "y" }),
            "own route with their pool under another name" => Usage.Put(
                Items.Put(head, _a1 with { Action = new RouteAction.Proxy { Pool = "stolen" } }),
                _theirs with
                {
                    Name = "stolen",
                }
            ),
            _ => head,
        };

    private static AccessScope Scope(string text) =>
        AccessScope.TryParse(text, out var scope, out var fault) ? scope : throw new ArgumentException(fault);

    private static UpstreamPool Pool(string name) => new() { Name = name, Servers = [new() { Address = "http://127.0.0.1:9" }] };

    private static Route Route(string name, string host, string pool) =>
        new()
        {
            Name = name,
            Hosts = [host],
            Action = new RouteAction.Proxy { Pool = pool },
        };
}
