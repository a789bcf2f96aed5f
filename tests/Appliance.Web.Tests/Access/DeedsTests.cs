using System.Reflection;
using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Web.Sockets;
using Appliance.Web.Tests.CommandLine;

namespace Appliance.Web.Tests.Access;

/// <summary>
/// Every deed that somebody can ask for, by every role, on something of one's own scope and on something of others'. The deeds are found in
/// the doors' own methods: a new one fails here until it is listed.
/// </summary>
public sealed class DeedsTests(RunningProduct product) : IClassFixture<RunningProduct>, IAsyncLifetime
{
    private static readonly CancellationToken _none = CancellationToken.None;
    private static readonly AccessScope _scope = AccessScope.TryParse("host:*.own.example.com", out var scope, out _)
        ? scope
        : throw new InvalidOperationException();

    private static readonly Dictionary<string, Actor> _actors = new()
    {
        ["ended"] = new("ended", "192.0.2.1", Grant.Nothing),
        ["viewer"] = new("viewer", "192.0.2.1", new(Role.Viewer, AccessScope.Everything)),
        ["scoped"] = new("scoped", "192.0.2.1", new(Role.Operator, _scope)),
        ["operator"] = new("operator", "192.0.2.1", new(Role.Operator, AccessScope.Everything)),
        ["administrator"] = new("administrator", "192.0.2.1", new(Role.Administrator, _scope)),
    };

    // Who may, on one's own and on others'. "anybody": the deed is about oneself and takes no role.
    private static readonly Dictionary<string, (string Own, string Foreign)> _deeds = new()
    {
        ["ConfigEditor.ApplyAsync"] = ("scoped operator administrator", "operator administrator"),
        ["CertificateStore.AddAsync"] = ("scoped operator administrator", "operator administrator"),
        ["CertificateStore.ReplaceAsync"] = ("scoped operator administrator", "operator administrator"),
        ["CertificateStore.DeleteAsync"] = ("scoped operator administrator", "operator administrator"),
        ["CertificateStore.MarkDefaultAsync"] = ("administrator", "administrator"),
        ["CertificateStore.OrderAsync"] = ("scoped operator administrator", "operator administrator"),
        ["CertificateStore.ChangeOrderAsync"] = ("scoped operator administrator", "operator administrator"),
        ["CertificateStore.RenewAsync"] = ("scoped operator administrator", "operator administrator"),
        ["ConnectionControl.CloseAsync(ids)"] = ("scoped operator administrator", "operator administrator"),
        ["ConnectionControl.CloseAsync(filter)"] = ("scoped operator administrator", "operator administrator"),
        ["ConnectionControl.DrainAsync"] = ("scoped operator administrator", "operator administrator"),
        ["ConnectionControl.ResumeAsync"] = ("scoped operator administrator", "operator administrator"),
        ["ConnectionControl.TurnInspectorAsync"] = ("administrator", "administrator"),
        ["ConnectionControl.InspectAsync"] = ("administrator", "administrator"),
        ["ConnectionControl.StopInspectionAsync"] = ("administrator", "administrator"),
        ["ConnectionControl.KeepHeadersAsync"] = ("administrator", "administrator"),
        ["ConnectionControl.ForgetHeadersAsync"] = ("administrator", "administrator"),
        ["PeopleStore.AddAsync"] = ("administrator", "administrator"),
        ["PeopleStore.ChangeRoleAsync"] = ("administrator", "administrator"),
        ["PeopleStore.DisableAsync"] = ("administrator", "administrator"),
        ["PeopleStore.RemoveAsync"] = ("administrator", "administrator"),
        ["PeopleStore.ResetPasswordAsync"] = ("administrator", "administrator"),
        ["PeopleStore.ResetSecondFactorAsync"] = ("administrator", "administrator"),
        ["PeopleStore.ListAsync"] = ("administrator", "administrator"),
        ["PeopleStore.FindAsync"] = ("administrator", "administrator"),
        ["AuditStore.ListAsync"] = ("administrator", "administrator"),
        ["AuditStore.ListNewerAsync"] = ("administrator", "administrator"),
        ["AuditStore.FindAsync"] = ("administrator", "administrator"),
        ["AuditStore.CountAsync"] = ("administrator", "administrator"),
        ["AuditStore.ReadChainAsync"] = ("administrator", "administrator"),
        ["AuditStore.ReadAsync"] = ("administrator", "administrator"),
        ["AuditStore.VerifyAsync"] = ("administrator", "administrator"),
        ["AuditStore.CutAsync"] = ("administrator", "administrator"),
        ["ApiTokenStore.CreateAsync"] = ("administrator", "administrator"),
        ["ApiTokenStore.ListAsync"] = ("administrator", "administrator"),
        ["ApiTokenStore.RevokeAsync"] = ("administrator", "administrator"),
        ["SessionStore.ListAsync"] = ("viewer scoped operator administrator", "administrator"),
        ["SessionStore.EndAsync"] = ("viewer scoped operator administrator", "administrator"),
        ["SessionStore.EndAllAsync"] = ("viewer scoped operator administrator", "administrator"),
    };

    // Public doors that ask nobody, and why that is right.
    private static readonly Dictionary<string, string> _open = new()
    {
        ["AuditStore.AddAsync"] = "writes only",
        ["AuditStore.AddOrKeepAsync"] = "as AddAsync, for what an emergency needs",
        ["AuditStore.StoreWaitingAsync"] = "writes what was done before",
        ["AuditStore.get_Waiting"] = "a number, said with every deed that waits",
        ["PeopleStore.ChangeOwnPasswordAsync"] = "one's own account; the caller has asked for the password",
        ["PeopleStore.SetOwnSecondFactorAsync"] = "one's own account; the caller has asked for the password",
        ["PeopleStore.SetOwnRecoveryCodesAsync"] = "one's own account; the caller has asked for the password",
        ["SessionStore.BeginAsync"] = "the end of a sign-in",
        ["ApiTokenStore.UseAsync"] = "answers which program shows a token",
        ["SessionStore.UseAsync"] = "answers who somebody is",
        ["SessionStore.EndOfProviderAsync"] = "the provider's signature was checked",
    };

    private Door _door = null!; // set before each test

    public static TheoryData<string, string, string> Cases()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (
            var (deed, actor, whose) in from deed in _deeds.Keys
            from actor in _actors.Keys
            from whose in new[] { "own", "foreign" }
            select (deed, actor, whose)
        )
            cases.Add(deed, actor, whose);
        return cases;
    }

    public async Task InitializeAsync()
    {
        _door = new(product);
        if ((await _door.ConfigAsync()).Routes.Any(route => route.Name == "own"))
            return;
        var run = await product.RunAsync(
            ["apply", "-"],
            $$"""
            { "routes": [ { "name": "own", "hosts": [ "x.own.example.com" ], "path": "/chat", "action": { "kind": "proxy", "pool": "one" } },
                          { "name": "foreign", "path": "/feed", "action": { "kind": "proxy", "pool": "two" } } ],
              "upstreamPools": [ { "name": "one", "servers": [ { "address": "{{product.Servers[
                0
            ]}}" } ] }, { "name": "two", "servers": [ { "address": "{{product.Servers[1]}}" } ] } ] }
            """
        );
        run.ExitCode.ShouldBe(0, run.Errors);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public void EveryDoor_IsListed()
    {
        var found = Methods(
                typeof(CertificateStore),
                typeof(ConnectionControl),
                typeof(PeopleStore),
                typeof(SessionStore),
                typeof(ApiTokenStore),
                typeof(AuditStore)
            )
            .Where(Asks)
            .Select(NameOf);

        // What only refuses, and writes that down, opens nothing.
        found = found.Where(name => !name.StartsWith("CertificateStore.Refuse", StringComparison.Ordinal));
        found
            .Append("ConfigEditor.ApplyAsync")
            .Distinct()
            .Order()
            .ShouldBe(_deeds.Keys.Select(deed => deed.Split('(')[0]).Distinct().Order());
    }

    [Fact]
    public void EveryDoorOfPeopleSessionsAndAudit_AsksAnActor_OrIsListedWithAReason() =>
        Methods(typeof(PeopleStore), typeof(SessionStore), typeof(ApiTokenStore), typeof(AuditStore))
            .Where(method => !Asks(method))
            .Select(NameOf)
            .Distinct()
            .Order()
            .ShouldBe(_open.Keys.Order());

    private static IEnumerable<MethodInfo> Methods(params Type[] doors) =>
        doors.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly));

    private static bool Asks(MethodInfo method) =>
        method.GetParameters().Any(one => one.ParameterType == typeof(Actor) || one.ParameterType == typeof(Func<Task<Actor>>));

    private static string NameOf(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}"; // declared methods have one

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Deed_ByRole_OnOwnAndForeign(string deed, string role, string whose)
    {
        var actor = _actors[role];
        var (own, foreign) = _deeds[deed];
        var allowed = (whose == "own" ? own : foreign).Split(' ').Contains(role);
        var before = await _door.LastAuditAsync();
        var opened = await DoAsync(deed, actor, whose);
        opened.ShouldBe(allowed);
        if (!allowed && deed != "ConnectionControl.CloseAsync(filter)")
        {
            var entry = await _door.NewestAuditAsync();
            entry.Id.ShouldBeGreaterThan(before);
            entry.From.ShouldBe(actor.From);
            if (!deed.StartsWith("SessionStore.", StringComparison.Ordinal) || whose == "foreign")
                entry.Actor.ShouldBe(actor.Name);
            entry.Result.ShouldStartWith("not_allowed");
        }
    }

    private async Task<object?> ReadAuditAsync(string deed, Actor actor)
    {
        var audit = _door.Get<AuditStore>();
        switch (deed)
        {
            case "AuditStore.ListAsync":
                return await audit.ListAsync(new(), 1, null, actor, _none);
            case "AuditStore.ListNewerAsync":
                return await audit.ListNewerAsync(new(), 1, 0, actor, _none);
            case "AuditStore.FindAsync":
                return await audit.FindAsync(1, actor, _none);
            case "AuditStore.CountAsync":
                return await audit.CountAsync(new(), null, actor, _none);
            case "AuditStore.ReadChainAsync":
                return await audit.ReadChainAsync(actor, _none);
            case "AuditStore.VerifyAsync":
                return await audit.VerifyAsync(actor, _none);
            case "AuditStore.CutAsync":
                return await audit.CutAsync(TimeSpan.FromDays(1), actor, _none);
            default:
                await foreach (var entry in audit.ReadAsync(new(), 1, () => Task.FromResult(actor), _none))
                    return entry;
                return null;
        }
    }

    private async Task<bool> DoAsync(string deed, Actor actor, string whose)
    {
        var control = _door.Get<ConnectionControl>();
        var people = _door.Get<PeopleStore>();
        var order = new CloseOrder(TunnelEnd.Operator, 1000) { Deadline = TimeSpan.FromMilliseconds(50) };
        switch (deed)
        {
            case "ConfigEditor.ApplyAsync":
                return await Door.OpensAsync(() => _door.EditAsync(actor, whose));
            case "ConnectionControl.CloseAsync(ids)":
            {
                using var socket = await OpenAsync(whose);
                var id = product.Console.Proxy.Connections.List(new() { Route = whose }).Single().Id;
                var opened = await Door.OpensAsync(async () => await control.CloseAsync(actor, [id], order, _none));
                await EndAsync();
                return opened;
            }

            case "ConnectionControl.CloseAsync(filter)":
            {
                // A filter means what is in reach; nothing of it may close what is not.
                using var socket = await OpenAsync(whose);
                var closed = 0;
                await Door.OpensAsync(async () => closed = await control.CloseAsync(actor, new ConnectionFilter(), order, _none));
                await EndAsync();
                return closed == 1;
            }

            case "ConnectionControl.DrainAsync":
            {
                var drain = new DrainOrder
                {
                    Target = await _door.TargetAsync(whose),
                    Name = $"route {whose}",
                    By = actor.Name,
                };
                var opened = await Door.OpensAsync(async () => await control.DrainAsync(actor, drain, _none));
                product.Console.Proxy.Drains.Cancel(drain.Target).ShouldBe(opened);
                return opened;
            }

            case "ConnectionControl.ResumeAsync":
            {
                var target = await _door.TargetAsync(whose);
                product.Console.Proxy.Drains.Start(
                    new()
                    {
                        Target = target,
                        Name = $"route {whose}",
                        By = "test",
                    }
                );
                var opened = await Door.OpensAsync(async () => await control.ResumeAsync(actor, target, _none));
                product.Console.Proxy.Drains.Cancel(target).ShouldBe(!opened);
                return opened;
            }

            case "ConnectionControl.TurnInspectorAsync":
            {
                var opened = await Door.OpensAsync(async () =>
                {
                    await control.TurnInspectorAsync(actor, true, _none);
                    return null;
                });
                product.Console.Proxy.Inspections.Enabled.ShouldBe(opened);
                product.Console.Proxy.Inspections.Enabled = false;
                return opened;
            }

            case "ConnectionControl.InspectAsync":
            {
                product.Console.Proxy.Inspections.Enabled = true;
                var route = await _door.RouteAsync(whose);
                var inspection = new InspectionOrder
                {
                    RouteId = route.Id,
                    About = $"route {whose}",
                    Duration = TimeSpan.FromMinutes(1),
                    By = actor.Name,
                };
                var opened = await Door.OpensAsync(async () => (await control.InspectAsync(actor, inspection, _none)).Inspection);
                product.Console.Proxy.Inspections.List().Count.ShouldBe(opened ? 1 : 0);
                product.Console.Proxy.Inspections.Enabled = false;
                return opened;
            }

            case "ConnectionControl.KeepHeadersAsync":
            {
                var route = await _door.RouteAsync(whose);
                var headers = new HeaderOrder
                {
                    RouteId = route.Id,
                    RouteName = route.Name,
                    By = actor.Name,
                };
                var opened = await Door.OpensAsync(async () => (await control.KeepHeadersAsync(actor, headers, _none)).Watch);
                product.Console.Proxy.HeaderWatches.Stop(route.Id).ShouldBe(opened);
                return opened;
            }

            case "ConnectionControl.ForgetHeadersAsync":
            {
                var route = await _door.RouteAsync(whose);
                product.Console.Proxy.HeaderWatches.Start(
                    new()
                    {
                        RouteId = route.Id,
                        RouteName = route.Name,
                        By = "ann",
                    }
                );
                var opened = await Door.OpensAsync(async () => await control.ForgetHeadersAsync(actor, route.Id, route.Name, _none));
                product.Console.Proxy.HeaderWatches.Stop(route.Id).ShouldBe(!opened);
                return opened;
            }

            case "ConnectionControl.StopInspectionAsync":
            {
                product.Console.Proxy.Inspections.Enabled = true;
                var route = await _door.RouteAsync(whose);
                var id = product
                    .Console.Proxy.Inspections.Start(
                        new()
                        {
                            RouteId = route.Id,
                            About = $"route {whose}",
                            Duration = TimeSpan.FromMinutes(1),
                            By = "test",
                        }
                    )
                    .Inspection.ShouldNotBeNull()
                    .Id;
                var opened = await Door.OpensAsync(async () => await control.StopInspectionAsync(actor, id, _none));
                product.Console.Proxy.Inspections.Enabled = false;
                return opened;
            }
        }

        if (deed.StartsWith("AuditStore.", StringComparison.Ordinal))
            return await Door.OpensAsync(() => ReadAuditAsync(deed, actor));
        if (deed.StartsWith("CertificateStore.", StringComparison.Ordinal))
            return await new CertificateDeeds(_door.Get<CertificateStore>()).DoAsync(
                deed,
                actor,
                whose == "own" ? "x.own.example.com" : "other.example.com"
            );
        var boss = Actor.Local("test");
        var name = Guid.NewGuid().ToString("N")[..12];
        var account = (await people.AddAsync(name, "hash", Role.Viewer, AccessScope.Everything, boss, _none))
            .ShouldBeOfType<PeopleResult.Done>()
            .Account;
        if (deed.StartsWith("SessionStore.", StringComparison.Ordinal))
        {
            var sessions = _door.Get<SessionStore>();
            if (deed == "SessionStore.ListAsync")
                return await Door.OpensAsync(async () =>
                    await sessions.ListAsync(account.Id, whose == "own" ? actor with { Name = account.Name } : actor, _none)
                );
            var session = await sessions.BeginAsync(account, new("192.0.2.1", "tests"), _none);
            var who = whose == "own" ? actor with { Name = account.Name } : actor;
            var ended =
                (
                    deed == "SessionStore.EndAsync"
                        ? await sessions.EndAsync(session.Id, null, who, "session.end", _none)
                        : await sessions.EndAllAsync(account.Id, null, who, _none)
                ).Ended == 1;
            (await sessions.UseAsync(session.Id, _none) is null).ShouldBe(ended);
            return ended;
        }

        return await Door.OpensAsync(async () =>
            deed switch
            {
                "ApiTokenStore.CreateAsync" => await _door.Get<ApiTokenStore>().CreateAsync(name, TokenScopes.Read, null, actor, _none),
                "ApiTokenStore.ListAsync" => await _door.Get<ApiTokenStore>().ListAsync(actor, _none),
                "ApiTokenStore.RevokeAsync" => await _door.RevokeAsync(name, actor),
                "PeopleStore.ListAsync" => await people.ListAsync(actor, _none),
                "PeopleStore.FindAsync" => await people.FindAsync(account.Id, actor, _none),
                "PeopleStore.AddAsync" => await people.AddAsync(name + "2", "hash", Role.Viewer, AccessScope.Everything, actor, _none),
                "PeopleStore.ChangeRoleAsync" => await people.ChangeRoleAsync(
                    account.Id,
                    Role.Operator,
                    AccessScope.Everything,
                    actor,
                    _none
                ),
                "PeopleStore.DisableAsync" => await people.DisableAsync(account.Id, true, actor, _none),
                "PeopleStore.RemoveAsync" => await people.RemoveAsync(account.Id, actor, _none),
                "PeopleStore.ResetPasswordAsync" => await people.ResetPasswordAsync(account.Id, "other", actor, null, _none),
                "PeopleStore.ResetSecondFactorAsync" => await people.ResetSecondFactorAsync(account.Id, actor, _none),
                _ => throw new ArgumentOutOfRangeException(nameof(deed), deed, "Listed, but nobody knows how to do it."),
            }
        );
    }

    private async Task<IDisposable> OpenAsync(string whose)
    {
        var socket = new System.Net.WebSockets.ClientWebSocket();
        if (whose == "own")
            socket.Options.SetRequestHeader("Host", "x.own.example.com");
        await socket.ConnectAsync(
            new($"ws://127.0.0.1:{product.Console.Proxy.HttpEndPoint.Port}{(whose == "own" ? "/chat" : "/feed")}"),
            RunningProduct.Limit()
        );
        return socket;
    }

    // Whatever was refused is closed here, so that the next case finds nothing.
    private async Task EndAsync()
    {
        product.Console.Proxy.Connections.Close(
            new ConnectionFilter(),
            new CloseOrder(TunnelEnd.Operator, 1000) { Deadline = TimeSpan.FromMilliseconds(50) }
        );
        await product.EmptyAsync();
    }
}
