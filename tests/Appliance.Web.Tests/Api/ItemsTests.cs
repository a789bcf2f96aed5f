using System.Net;
using System.Text.Json.Nodes;
using Appliance.Data.Revisions;
using Appliance.Web.Tests.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Api;

/// <summary>Items of every kind, and the whole config, over HTTP.</summary>
public sealed class ItemsTests(RunningProduct product) : IClassFixture<RunningProduct>, IAsyncLifetime
{
    private const string Pool = """{ "servers": [ { "address": "http://127.0.0.1:9" } ] }""";

    private ApiClient _client = null!; // made before each test

    private ConfigStore Store => product.Console.Services.GetRequiredService<ConfigStore>();

    public async Task InitializeAsync() => _client = await ApiClient.MakeAsync(product.Console.Services, product.Console.Port, "write");

    public Task DisposeAsync()
    {
        _client.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Put_CreatesThenChangesNothing_ThenChanges()
    {
        var created = (await _client.SendAsync("PUT", "/api/v1/pools/made", Pool)).Is(HttpStatusCode.Created);
        created.Headers["Location"].ShouldBe("/api/v1/pools/made");
        ((bool)created.Json["live"]!).ShouldBeTrue(created.Text); // a change says it
        var changes = created.Json["changes"]!.ToJsonString(); // a change has them
        changes.ShouldBe("""[{"kind":"added","item":"upstream pool","name":"made"}]""");
        var revision = await NumberAsync();
        var (author, origin) = (
            (await Store.FindRevisionAsync(revision, default))!.Author,
            (await Store.FindRevisionAsync(revision, default))!.Origin
        ); // just stored
        author.ShouldEndWith(" (token)");
        origin.ShouldBe("api");
        var read = (await _client.GetAsync("/api/v1/pools/made")).Is(HttpStatusCode.OK);
        read.Tag.ShouldBe(created.Tag);
        var same = (await _client.SendAsync("PUT", "/api/v1/pools/made", read.Text)).Is(HttpStatusCode.OK);
        ((bool)same.Json["stored"]!).ShouldBeFalse(); // a change says it
        same.Tag.ShouldBe(created.Tag);
        (await NumberAsync()).ShouldBe(revision);
        var changed = Pool.Replace(":9\"", ":10\"");
        (await _client.SendAsync("PUT", "/api/v1/pools/made", changed, ("If-Match", read.Tag!))).Is(HttpStatusCode.OK); // it has one
        var stale = (await _client.SendAsync("PUT", "/api/v1/pools/made", Pool, ("If-Match", read.Tag!))).Is( // it has one
            HttpStatusCode.PreconditionFailed
        );
        stale.Json["current"]!["servers"]![0]!["address"]!.ToString().ShouldBe("http://127.0.0.1:10"); // the item is there
        ((long)stale.Json["revision"]!).ShouldBe(await NumberAsync()); // a stale answer has it
        stale.Tag.ShouldBe((await _client.GetAsync("/api/v1/pools/made")).Tag);
        (await _client.SendAsync("GET", "/api/v1/pools/made", null, ("If-None-Match", stale.Tag!))).Status.ShouldBe( // it has one
            HttpStatusCode.NotModified
        );
    }

    [Theory]
    [InlineData("If-None-Match", "*", 412)]
    [InlineData("If-Match", "*", 200)]
    [InlineData("If-Match", "\"other\"", 412)]
    [InlineData("If-Match", "W/CURRENT", 412)]
    [InlineData("If-Match", "\"other\", CURRENT", 200)]
    [InlineData("If-Match", "no-quotes", 400)]
    [InlineData("If-None-Match", "no-quotes", 400)]
    public async Task Put_WithAVersion_IsHeldToIt(string header, string value, int status)
    {
        await _client.SendAsync("PUT", "/api/v1/pools/versions", Pool);
        var current = (await _client.GetAsync("/api/v1/pools/versions")).Tag!; // it has one
        (await _client.SendAsync("PUT", "/api/v1/pools/versions", Pool, (header, value.Replace("CURRENT", current)))).Is(
            (HttpStatusCode)status
        );
    }

    [Fact]
    public async Task Put_ManyFromOneVersion_OneWins()
    {
        await _client.SendAsync("PUT", "/api/v1/pools/contested", Pool);
        var tag = (await _client.GetAsync("/api/v1/pools/contested")).Tag!; // it has one
        var answers = await Task.WhenAll(
            Enumerable
                .Range(20, 8)
                .Select(port => _client.SendAsync("PUT", "/api/v1/pools/contested", Pool.Replace(":9\"", $":{port}\""), ("If-Match", tag)))
        );
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.PreconditionFailed).ShouldBe(7);
    }

    [Theory]
    [InlineData("PUT", "/api/v1/pools/tried?dry_run=true", HttpStatusCode.OK)]
    [InlineData("PUT", "/api/v1/pools/tried?dryrun=true", HttpStatusCode.BadRequest)]
    [InlineData("PUT", "/api/v1/pools/tried?dry_run=yes", HttpStatusCode.BadRequest)]
    [InlineData("PUT", "/api/v1/pools/tried?dry_run=true&dry_run=false", HttpStatusCode.BadRequest)]
    [InlineData("DELETE", "/api/v1/pools/both?dry_run=true", HttpStatusCode.OK)]
    [InlineData("DELETE", "/api/v1/pools/both?cascade=maybe", HttpStatusCode.BadRequest)]
    public async Task DryRun_OrWhatIsNotKnown_StoresNothing(string method, string path, HttpStatusCode status)
    {
        var revision = await NumberAsync();
        var answer = (await _client.SendAsync(method, path, method == "PUT" ? Pool : null)).Is(status);
        if (status == HttpStatusCode.OK)
            (answer.Json["dryRun"]!.GetValue<bool>(), answer.Json["changes"]!.AsArray().Count).ShouldBe((true, 1)); // a change has them
        (await NumberAsync()).ShouldBe(revision);
    }

    [Theory]
    [InlineData("/api/v1/pools/x", """{ "servers": [], "wait": 1 }""", "upstreamPools/x/wait unknown_member", "unreadable")]
    [InlineData("/api/v1/pools/x", """{ "name": "y", "servers": [] }""", "upstreamPools/x/name other_name", "unreadable")]
    [InlineData("/api/v1/pools/x", """{ "servers": [ null ] }""", "upstreamPools/x/servers/0 bad_value", "unreadable")]
    [InlineData("/api/v1/pools/x", "[]", " bad_json", "unreadable")]
    [InlineData("/api/v1/pools/x", "{", " bad_json", "unreadable")]
    [InlineData(
        "/api/v1/routes/x",
        """{ "action": { "kind": "proxy", "pool": "nowhere" } }""",
        "routes/x/action/pool unknown_pool",
        "invalid"
    )]
    [InlineData("/api/v1/pools/a%21b", Pool, "upstreamPools/a!b/name bad_name", "invalid")]
    [InlineData("/api/v1/pools/BOTH", Pool, "upstreamPools/BOTH/name duplicate_name", "invalid")]
    public async Task Put_WhatIsWrong_SaysWhere(string path, string body, string problem, string code)
    {
        var revision = await NumberAsync();
        var answer = (await _client.SendAsync("PUT", path, body)).Is(HttpStatusCode.UnprocessableEntity);
        answer.Code.ShouldBe(code);
        answer.Problems.ShouldContain(problem, answer.Text);
        (await NumberAsync()).ShouldBe(revision);
    }

    [Fact]
    public async Task Rename_AndDelete_TakeReferencesAlong()
    {
        await _client.SendAsync("PUT", "/api/v1/pools/used", Pool);
        var route = """{ "hosts": [ "used.example.com" ], "action": { "kind": "proxy", "pool": "used" } }""";
        (await _client.SendAsync("PUT", "/api/v1/routes/user", route)).Is(HttpStatusCode.Created);
        (await _client.SendAsync("DELETE", "/api/v1/pools/used")).Is(HttpStatusCode.UnprocessableEntity);
        (await _client.SendAsync("POST", "/api/v1/pools/used/rename", """{ "name": "used two" }""")).Is(HttpStatusCode.OK);
        (await _client.GetAsync("/api/v1/routes/user")).Json["action"]!["pool"]!.ToString().ShouldBe("used two"); // it has one
        (await _client.GetAsync("/api/v1/pools/used")).Is(HttpStatusCode.NotFound);
        (await _client.SendAsync("POST", "/api/v1/pools/used%20two/rename", "{}")).Is(HttpStatusCode.UnprocessableEntity);
        (await _client.SendAsync("DELETE", "/api/v1/pools/used%20two?move_to=both", null, ("If-Match", "\"old\""))).Is(
            HttpStatusCode.PreconditionFailed
        );
        (await _client.SendAsync("DELETE", "/api/v1/pools/used%20two?move_to=both")).Is(HttpStatusCode.OK);
        (await _client.GetAsync("/api/v1/routes/user")).Json["action"]!["pool"]!.ToString().ShouldBe("both"); // it has one
        await _client.SendAsync("PUT", "/api/v1/pools/last", Pool);
        await _client.SendAsync("PUT", "/api/v1/routes/user", route.Replace("\"used\"", "\"last\""));
        (await _client.SendAsync("DELETE", "/api/v1/pools/last?cascade=true")).Is(HttpStatusCode.OK);
        (await _client.GetAsync("/api/v1/routes/user")).Is(HttpStatusCode.NotFound);
        (await _client.SendAsync("DELETE", "/api/v1/pools/last")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Config_ReadAndPutAgain_ChangesNothing_AndIsHeldToItsRevision()
    {
        var read = (await _client.GetAsync("/api/v1/config")).Is(HttpStatusCode.OK);
        read.Tag.ShouldBe($"\"{await NumberAsync()}\"");
        var again = await _client.SendAsync("PUT", "/api/v1/config", read.Text, ("If-Match", read.Tag!)); // it has one
        again.Is(HttpStatusCode.OK);
        ((bool)again.Json["stored"]!).ShouldBeFalse(); // a change says it
        var next = read.Json.AsObject();
        next["upstreamPools"]!.AsArray().Add(JsonNode.Parse(Pool.Insert(1, "\"name\": \"planned\", "))); // an export has pools
        var plan = (await _client.SendAsync("PUT", "/api/v1/config?dry_run=true", next.ToJsonString())).Is(HttpStatusCode.OK);
        plan.Json["summary"]!.ToString().ShouldBe("added pool planned"); // a change has it
        (await _client.SendAsync("PUT", "/api/v1/config?comment=by%20plan", next.ToJsonString())).Is(HttpStatusCode.OK);
        (await Store.FindRevisionAsync(await NumberAsync(), default))!.Comment.ShouldBe("by plan"); // just stored
        var stale = (await _client.SendAsync("PUT", "/api/v1/config", next.ToJsonString())).Is(HttpStatusCode.PreconditionFailed);
        ((long)stale.Json["revision"]!).ShouldBe(await NumberAsync()); // a stale answer has it
        stale.Tag.ShouldBe($"\"{await NumberAsync()}\"");
        next["revision"] = null;
        (await _client.SendAsync("PUT", "/api/v1/config", next.ToJsonString(), ("If-Match", read.Tag!))).Is( // it has one
            HttpStatusCode.PreconditionFailed
        );
        (await _client.SendAsync("PUT", "/api/v1/config", """{ "rootes": [] }"""))
            .Is(HttpStatusCode.UnprocessableEntity)
            .Problems.ShouldContain("rootes unknown_member");
    }

    [Fact]
    public async Task List_PageByPage_HasEverythingOnceInOrder()
    {
        var document = (await _client.GetAsync("/api/v1/config")).Json.AsObject();
        for (var at = 0; at < 250; at++)
        {
            var action = $$"""{ "kind": "proxy", "pool": "many-{{at:000}}" }""";
            var route = $$"""{ "name": "r-{{at * 7 % 250}}", "hosts": [ "r{{at}}.example" ], "tags": [ "many" ], "action": {{action}} }""";
            document["upstreamPools"]!
                .AsArray()
                .Add(JsonNode.Parse(Pool.Insert(1, $"\"name\": \"many-{at:000}\", \"tags\": [\"many\"], "))); // there
            document["routes"]!.AsArray().Add(JsonNode.Parse(route)); // there
        }

        (await _client.SendAsync("PUT", "/api/v1/config", document.ToJsonString())).Is(HttpStatusCode.OK);
        (await NamesAsync("/api/v1/pools?limit=60&tag=many")).ShouldBe(Enumerable.Range(0, 250).Select(at => $"many-{at:000}"));
        (await NamesAsync("/api/v1/routes?limit=60&tag=many")).ShouldBe(Enumerable.Range(0, 250).Select(at => $"r-{at * 7 % 250}"));
        var first = (await _client.GetAsync("/api/v1/pools?limit=2&search=many-1")).Is(HttpStatusCode.OK);
        ((int)first.Json["total"]!).ShouldBe(100); // a list has it
        first.Headers["Link"].ShouldBe("</api/v1/pools?limit=2&after=many-101&search=many-1>; rel=\"next\"");
        (await _client.GetAsync("/api/v1/pools?after=many-1005")).Is(HttpStatusCode.OK);
        (await _client.GetAsync("/api/v1/routes?after=gone")).Is(HttpStatusCode.BadRequest).Code.ShouldBe("unknown_place");
        foreach (var bad in new[] { "limit=0", "limit=1001", "limit=x", "page=2" })
            (await _client.GetAsync("/api/v1/pools?" + bad)).Is(HttpStatusCode.BadRequest);
    }

    private async Task<List<string>> NamesAsync(string path)
    {
        var names = new List<string>();
        for (var next = path; next is not null; )
        {
            var page = (await _client.GetAsync(next)).Is(HttpStatusCode.OK).Json;
            names.AddRange(page["items"]!.AsArray().Select(item => item!["name"]!.ToString())); // a list of items
            next = page["next"]?.ToString();
        }

        return names;
    }

    private async Task<long> NumberAsync() => (await Store.ReadHeadAsync(default)).Number;
}
