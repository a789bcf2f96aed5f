using System.Text.Json;
using Appliance.Testing;

namespace Appliance.Web.Tests.CommandLine;

public sealed class RequestsCommandTests(RunningProduct product) : IClassFixture<RunningProduct>
{
    [Fact]
    public async Task Requests_Filtered_AreTheNewestThatMatch()
    {
        using var client = new HttpClient();
        await client.GetAsync(new Uri($"http://127.0.0.1:{product.Console.Proxy.HttpEndPoint.Port}/nowhere/one?token=secret"));
        await client.GetAsync(new Uri($"http://127.0.0.1:{product.Console.Proxy.HttpEndPoint.Port}/nowhere/two"));

        var run = await product.RunAsync("requests", "--search", "nowhere", "--limit", "1");
        run.ExitCode.ShouldBe(0);
        run.Output.ShouldStartWith("WHEN (UTC)");
        run.Output.ShouldContain("GET 127.0.0.1/nowhere/two");
        run.Output.ShouldContain("and 1 more");
        run.Output.ShouldNotContain("secret");

        var lines = JsonDocument.Parse((await product.RunAsync("requests", "--status", "404", "--search", "nowhere", "--json")).Output);
        lines.RootElement.GetArrayLength().ShouldBe(2);
        lines.RootElement[1].GetProperty("path").GetString().ShouldBe("/nowhere/one");
        lines.RootElement[1].GetProperty("status").GetInt32().ShouldBe(404);
        lines.RootElement[1].GetProperty("servers").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Requests_NoneMatches_SaysSo()
    {
        var run = await product.RunAsync("requests", "--route", "nobody");
        (run.ExitCode, run.Output.Trim()).ShouldBe((0, "No remembered request matches these filters."));
    }

    [Fact]
    public async Task Headers_OfARoute_AreKeptForATime()
    {
        (await product.RunAsync("requests", "headers", "nobody")).ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(1),
            run => run.Errors.ShouldContain("There is no route nobody.")
        );
        var run = await product.RunAsync("requests", "headers", "FEED", "--for", "10m");
        run.ExitCode.ShouldBe(0);
        run.Output.ShouldStartWith("Header values of the next requests of route feed are kept until ");

        using var client = new HttpClient();
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new Uri($"http://127.0.0.1:{product.Console.Proxy.HttpEndPoint.Port}/feed")
        );
        request.Headers.Add("X-Team", "blue");
        request.Headers.Add("X-Api-Key", "geheim");
        using var answer = await client.SendAsync(request);
        JsonElement headers = default;
        await Eventually.TrueAsync(
            async () =>
            {
                var lines = JsonDocument.Parse((await product.RunAsync("requests", "--route", "feed", "--json")).Output);
                headers = lines.RootElement[0].GetProperty("requestHeaders");
                return headers.EnumerateArray().Any(line => line.GetProperty("value").ValueKind != JsonValueKind.Null);
            },
            "values are kept"
        );
        Value("X-Team").ShouldBe("blue");
        Value("X-Api-Key").ShouldBe("•••");

        run = await product.RunAsync("requests", "headers", "feed", "--forget");
        run.ExitCode.ShouldBe(0);
        var after = await product.RunAsync("requests", "--route", "feed", "--json");
        after.Output.ShouldContain("X-Team");
        after.Output.ShouldNotContain("blue");
        (await product.RunAsync("requests", "headers", "feed", "--forget")).ExitCode.ShouldBe(1);

        var entries = (await product.RunAsync("audit", "--limit", "5")).Output;
        entries.ShouldContain("headers.keep");
        entries.ShouldContain("headers.forget");

        string? Value(string name) =>
            headers.EnumerateArray().Single(line => line.GetProperty("name").GetString() == name).GetProperty("value").GetString();
    }

    [Theory]
    [InlineData("Choose --for or --forget.", "--for", "1m", "--forget")]
    [InlineData("is not a time of at most an hour", "--for", "2h")]
    [InlineData("is not a time of at most an hour", "--for", "soon")]
    public async Task Headers_WhatDoesNotGo_Is64(string sentence, params string[] options)
    {
        var run = await product.RunAsync(["requests", "headers", "seen", .. options]);
        run.ExitCode.ShouldBe(64);
        run.Errors.ShouldContain(sentence);
    }

    [Theory]
    [InlineData("Choose --failed or --status.", "--failed", "--status", "404")]
    [InlineData("--status takes a status", "--status", "bad")]
    [InlineData("--limit takes", "--limit", "-1")]
    [InlineData("--slower-than takes", "--slower-than", "-1")]
    public async Task Requests_WhatDoesNotGoTogether_Is64(string sentence, params string[] options)
    {
        var run = await product.RunAsync(["requests", .. options]);
        run.ExitCode.ShouldBe(64);
        run.Errors.ShouldContain(sentence);
    }
}
