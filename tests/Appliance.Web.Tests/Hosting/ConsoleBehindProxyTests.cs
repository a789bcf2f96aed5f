using System.Net;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Web.Tests.Control;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Hosting;

public sealed class ConsoleBehindProxyTests
{
    [Theory]
    [InlineData("127.0.0.0/8", "203.0.113.9")]
    [InlineData("10.0.0.0/8", "127.0.0.1")]
    public async Task Address_OfTheBrowser_IsBelievedFromTrustedProxiesOnly(string trusted, string from)
    {
        await using var console = await ConsoleUnderTest.StartAsync(null, options =>
            options with
            {
                TrustedProxies = [IPNetwork.Parse(trusted)],
            }
        );
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new($"http://127.0.0.1:{console.Port}"),
        };
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        using var page = await http.GetAsync("/setup?token=wrong");
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        page.Headers.Contains("Strict-Transport-Security").ShouldBe(from == "203.0.113.9", "the scheme is believed as the address is");

        // As a browser would keep cookies of https to https.
        http.DefaultRequestHeaders.Remove("X-Forwarded-Proto");
        var token = System
            .Text.RegularExpressions.Regex.Match(
                await (await http.GetAsync("/sign-in")).Content.ReadAsStringAsync(),
                "name=\"__RequestVerificationToken\" value=\"([^\"]+)\""
            )
            .Groups[1]
            .Value;
        token.ShouldNotBeEmpty();
        using var answer = await http.PostAsync(
            "/sign-in",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["_handler"] = "sign-in",
                    ["__RequestVerificationToken"] = token,
                    ["Input.Name"] = "nobody",
                    ["Input.Password"] = "wrong password",
                }
            )
        );
        var entry = (
            await console.Services.GetRequiredService<AuditStore>().ListAsync(new(), 1, null, Actor.Local("test"), CancellationToken.None)
        )[0];
        (entry.Action, entry.From).ShouldBe(("sign_in", from));
    }

    [Fact]
    public async Task Form_OfSomebodyElse_IsDrawnAnewWithASentence()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{console.Port}") };
        http.DefaultRequestHeaders.Add("Accept", "text/html");
        using var answer = await http.PostAsync(
            "/setup?token=abc",
            new FormUrlEncodedContent(new Dictionary<string, string> { ["_handler"] = "setup" })
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.RequestMessage!.RequestUri!.Query.ShouldBe("?token=abc&stale=1");
        (await answer.Content.ReadAsStringAsync()).ShouldContain("nothing was done");
    }
}
