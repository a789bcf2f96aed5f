using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>The log at its most talkative: no query of the console or of a proxied request is in it, and no API token.</summary>
public sealed class SecretsInTheLogTests
{
    private const string Secret = "5ecret-t0ken";

    [Theory]
    [InlineData("auto")]
    [InlineData("yarp")]
    public async Task Trace_QueriesWithSecrets_AreNowhere(string forwarder)
    {
        await using var product = new ApplianceProcess
        {
            Settings =
            {
                ["APPLIANCE_LOG_LEVEL"] = "trace",
                ["APPLIANCE_LOG_FORMAT"] = "json",
                ["APPLIANCE_FORWARDER"] = forwarder,
            },
        };
        await product.StartAsync();
        (
            await product.ApplyAsync(
                $$"""
                { "routes": [ { "name": "all", "path": "/", "action": { "kind": "proxy", "pool": "dead" } } ], "upstreamPools": [ { "name": "dead", "servers": [ { "address": "http://127.0.0.1:{{FreePorts.Next()}}" } ] } ] }
                """
            )
        ).ExitCode.ShouldBe(0);
        foreach (
            var target in new[]
            {
                "/setup?token=",
                "/sign-in/link?token=",
                "/sign-in?returnUrl=/?token=",
                "/signin-oidc?state=x&code=",
                "/nothing?state=",
                "/?token=",
            }
        )
            (await RawHttp.GetAsync(product.ConsolePort, target + Secret)).Status.ShouldBeLessThan(500, target);
        (await RawHttp.SendAsync(product.ConsolePort, $"GET /setup?token={Secret} HTTP/7.7\r\nHost: a\r\n\r\n")).Status.ShouldBeGreaterThan(
            399
        );
        (await RawHttp.GetAsync(product.HttpPort, $"/x?access_token={Secret}")).Status.ShouldBe(502);

        // API tokens: made over the control socket, shown in a header, right and wrong.
        var token = (await product.RunAsync("token", "create", "ci", "--scope", "read")).Output.Trim();
        foreach (var (shown, status) in new[] { (token, 200), (token + Secret, 401), ("apl_" + new string('A', 43), 401) })
            (
                await RawHttp.SendAsync(
                    product.ConsolePort,
                    $"GET /api/v1/config HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {shown}\r\nConnection: close\r\n\r\n"
                )
            ).Status.ShouldBe(status);

        // What comes last is there, so all of it is.
        await product.TerminateAsync();
        product.Output.ShouldContain("\"LogLevel\":\"Debug\"");
        product.Output.ShouldNotContain(Secret);
        product.Output.ShouldNotContain(token[8..]);
    }
}
