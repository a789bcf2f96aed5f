using System.Text.Json;

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
