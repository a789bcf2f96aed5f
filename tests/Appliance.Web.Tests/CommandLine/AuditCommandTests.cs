using System.Net;
using System.Text.Json;
using Appliance.Data.Audit;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.CommandLine;

public sealed class AuditCommandTests(RunningProduct product) : IClassFixture<RunningProduct>
{
    [Fact]
    public async Task Audit_Filters_AreThoseOfThePage()
    {
        await AddAsync("Ann", "connection.close", "route one", "ok");
        await AddAsync("Bob", "connection.close", "route two", "not_allowed: no");
        (await TargetsAsync("--person", "ann", "--action", "connections")).ShouldBe(["route one"]);
        (await TargetsAsync("--action", "connection.close", "--result", "failed")).ShouldBe(["route two"]);
        (await TargetsAsync("--search", "TWO bob")).ShouldBe(["route two"]);
        (await TargetsAsync("--action", "connection", "--limit", "1")).ShouldBe(["route two"]);
        (await TargetsAsync("--action", "connection", "--to", "2020-01-01")).ShouldBeEmpty();
        (await TargetsAsync("--action", "connection", "--from", "2020-01-01T10:00")).Count.ShouldBe(2);
        var table = await product.RunAsync("audit", "--limit", "1");
        table.ExitCode.ShouldBe(0);
        table.Output.ShouldStartWith("NO.");
        table.Output.TrimEnd().ShouldEndWith("and older ones");
        (await product.RunAsync("audit", "--search", "nothing-of-this-kind")).Output.Trim().ShouldBe("No entry matches these filters.");
    }

    [Theory]
    [InlineData("audit", "--action", "nothing")]
    [InlineData("audit", "--result", "good")]
    [InlineData("audit", "--from", "yesterday")]
    [InlineData("audit", "--limit", "100001")]
    [InlineData("audit", "export", "--format", "xml")]
    [InlineData("audit", "export", "--to", "soon")]
    [InlineData("audit", "verify", "--expect", "abc")]
    public async Task Audit_WhatCannotBeRead_IsRefusedWithASentence(params string[] arguments)
    {
        var run = await product.RunAsync(arguments);
        run.ExitCode.ShouldBe(64);
        run.Errors.ShouldContain("Try: appliance --help");
        run.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Verify_Intact_PrintsTheEndAndKnowsAHashThatWasKept()
    {
        await AddAsync("Ann", "sign_in", "Ann", "ok");
        var last = await product.LastAuditAsync();
        var run = await product.RunAsync("audit", "verify");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain($"Last entry: {last.Id}");
        run.Output.ShouldContain(last.Hash!); // every entry has one
        run.Output.ShouldContain("Anchor:     none");
        await AddAsync("Ann", "sign_out", "Ann", "ok");
        var kept = await product.RunAsync("audit", "verify", "--expect", last.Hash!);
        kept.ExitCode.ShouldBe(0);
        kept.Output.ShouldContain($"the hash of entry {last.Id}");
        var foreign = await product.RunAsync("audit", "verify", "--json", "--expect", new string('a', 64));
        foreign.ExitCode.ShouldBe(1);
        var proof = JsonDocument.Parse(foreign.Output).RootElement;
        proof.GetProperty("intact").GetBoolean().ShouldBeFalse();
        proof.GetProperty("expectedAt").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Export_BothFormats_HaveEveryEntryOldestFirstAndAreEntriesThemselves()
    {
        await AddAsync("=Ann", "drain.start", "a \"quoted\", name", "ok");
        var last = await product.LastAuditAsync();
        var lines = (await product.RunAsync("audit", "export"))
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();
        lines.Select(line => line.GetProperty("id").GetInt64()).ShouldBe(Enumerable.Range(1, (int)last.Id).Select(id => (long)id));
        lines[^1].GetProperty("hash").GetString().ShouldBe(last.Hash);
        lines[^1].GetProperty("previousHash").GetString().ShouldBe(last.PreviousHash);
        lines[^1].GetProperty("atUtc").GetString()!.ShouldEndWith("Z"); // it has a text
        var noted = await product.LastAuditAsync();
        (noted.Action, noted.After).ShouldBe(("audit.export", "jsonl: everything"));
        noted.Actor.ShouldContain("command line");

        var file = Path.Combine(product.Console.Folder, "audit.csv");
        (await product.RunAsync("audit", "export", "--format", "csv", "--action", "drain", "-o", file)).ExitCode.ShouldBe(0);
        var csv = await File.ReadAllTextAsync(file);
        csv.ShouldStartWith("id,at_utc,");
        csv.ShouldContain(",'=Ann,");
        csv.ShouldContain(",\"a \"\"quoted\"\", name\",");
        csv.ShouldNotContain("sign_in");
        (await product.LastAuditAsync()).After.ShouldBe("csv: action drain");
    }

    [Fact]
    public async Task Export_OverTheNetwork_IsNotForStrangers()
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new($"http://127.0.0.1:{product.Console.Port}"),
        };
        using var page = await client.GetAsync("/audit/export?format=csv");
        page.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        foreach (var path in new[] { "/control/audit", "/control/audit/verify", "/control/audit/export?format=csv" })
        {
            using var control = await client.GetAsync(path);
            control.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }
    }

    private Task AddAsync(string actor, string action, string target, string result) =>
        product
            .Console.Services.GetRequiredService<AuditStore>()
            .AddAsync(
                new()
                {
                    Actor = actor,
                    From = "192.0.2.1",
                    Action = action,
                    Target = target,
                    Result = result,
                },
                CancellationToken.None
            );

    private async Task<IReadOnlyList<string>> TargetsAsync(params string[] filters)
    {
        var run = await product.RunAsync(["audit", "--json", .. filters]);
        run.ExitCode.ShouldBe(0, run.Errors);
        return
        [
            .. JsonDocument.Parse(run.Output).RootElement.EnumerateArray().Select(line => line.GetProperty("target").GetString() ?? ""),
        ];
    }
}

/// <summary>With nothing running: the command takes the folder's lock.</summary>
public sealed class AuditOfflineTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("appliance-audit-");

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Audit_NothingRuns_ListsExportsAndVerifies()
    {
        (await RunAsync("audit")).Output.Trim().ShouldBe("There is no entry yet.");
        (await RunAsync("audit", "verify")).ShouldBe((0, "The audit is intact; it has no entry.\nAnchor:     none, nothing was cut\n", ""));
        (await RunAsync("setup-link")).ExitCode.ShouldBe(0);
        (await RunAsync("audit")).Output.ShouldContain("setup.link");
        (await RunAsync("audit", "export")).Output.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain("\"action\":\"setup.link\"");
        (await RunAsync("audit", "verify")).Output.ShouldContain("2 entries, up to entry 2");
    }

    [Fact]
    public async Task Verify_Tampered_SaysWhereWithExitCode1()
    {
        (await RunAsync("setup-link")).ExitCode.ShouldBe(0);
        (await RunAsync("setup-link")).ExitCode.ShouldBe(0);
        await using (var db = new Data.ContextFactory(Path.Combine(_folder.FullName, "appliance.db")).CreateDbContext())
        {
            (await db.AuditEntries.FindAsync(1L)).ShouldNotBeNull().Actor = "somebody else";
            await db.SaveChangesAsync();
        }

        var run = await RunAsync("audit", "verify");
        run.ExitCode.ShouldBe(1);
        run.Output.Trim().ShouldBe("The audit is broken at entry 1: it says something else than when it was written.");
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var exitCode = await new Web.CommandLine.Commands(
            new(new() { Data = _folder.FullName }, [], []),
            TextReader.Null,
            output,
            errors
        ).RunAsync(arguments, CancellationToken.None);
        return (exitCode, output.ToString(), errors.ToString());
    }
}
