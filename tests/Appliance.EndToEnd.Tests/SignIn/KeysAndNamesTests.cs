namespace Appliance.EndToEnd.Tests.SignIn;

/// <summary>What needs a product of its own: keys that change, and a public name.</summary>
public sealed class KeysAndNamesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Keys_RolledOver_TheNextSignInWorks(bool keepName)
    {
        var console = new ConsoleWithProvider();
        await console.InitializeAsync();
        try
        {
            using var before = await console.SignedInAsync("ops");
            console.Provider.RollOver(keepName);
            var reads = console.Provider.KeyReads;
            using var after = await console.SignedInAsync("ops");
            console.Provider.KeyReads.ShouldBe(reads + 1, "the keys are read once more, and no oftener");
        }
        finally
        {
            await console.DisposeAsync();
        }
    }

    [Fact]
    public async Task BehindAProxy_ThatPassesAnotherHost_RedirectsCanBeFollowed()
    {
        var console = new ConsoleWithProvider();
        console.Product.Settings["APPLIANCE_PUBLIC_URL"] = "http://proxy.example.com:8443";
        console.Product.Settings["APPLIANCE_TRUSTED_PROXIES"] = "127.0.0.1";
        await console.InitializeAsync();
        try
        {
            using var browser = ConsoleWithProvider.Browser();
            console.Reset(Testing.ProviderLie.None, "ops");

            // The inner name must not get out, neither before a sign-in nor after it.
            using var page = await browser.GetAsync(console.Url + "/routes");
            page.Headers.Location!.OriginalString.ShouldBe("/sign-in?to=%2Froutes");
            using var start = await browser.GetAsync(console.Url + "/sign-in/oidc/1?to=/routes&here=1");
            start.Headers.Location!.Query.ShouldContain(
                "redirect_uri=" + Uri.EscapeDataString("http://proxy.example.com:8443/signin-oidc")
            );
            using var there = await browser.GetAsync(start.Headers.Location);
            using var back = await browser.GetAsync(console.Url + there.Headers.Location!.PathAndQuery);
            back.Headers.Location!.OriginalString.ShouldBe("/routes");

            // What a trusted proxy says counts as the name; a proxy that drops the port changes nothing.
            foreach (var (host, forwarded) in new[] { ("inner.example", "proxy.example.com:8443"), ("proxy.example.com", null) })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, console.Url + "/sign-in/oidc/1") { Headers = { Host = host } };
                if (forwarded is not null)
                    request.Headers.Add("X-Forwarded-Host", forwarded);
                using var answer = await browser.SendAsync(request);
                answer.Headers.Location!.OriginalString.ShouldStartWith(console.Provider.Issuer + "/authorize");
            }
        }
        finally
        {
            await console.DisposeAsync();
        }
    }

    [Fact]
    public async Task PublicUrl_IsWhereTheProviderSendsPeopleBack()
    {
        var console = new ConsoleWithProvider();
        console.Product.Settings["APPLIANCE_PUBLIC_URL"] = "https://proxy.example.com";
        await console.InitializeAsync();
        try
        {
            using var browser = ConsoleWithProvider.Browser();

            // The cookie has to be set where people come back to.
            using var elsewhere = await browser.GetAsync(console.Url + "/sign-in/oidc/1?to=/routes");
            elsewhere.Headers.Location!.ToString().ShouldBe("https://proxy.example.com/sign-in/oidc/1?to=/routes&here=1");

            // TLS ends in front of us; Host comes through.
            using var request = new HttpRequestMessage(HttpMethod.Get, console.Url + "/sign-in/oidc/1")
            {
                Headers = { Host = "proxy.example.com" },
            };
            using var there = await browser.SendAsync(request);
            there.Headers.Location!.Query.ShouldContain("redirect_uri=" + Uri.EscapeDataString("https://proxy.example.com/signin-oidc"));

            // Somebody in front of us rewrites Host: once round, and on.
            using var circle = await browser.GetAsync(console.Url + "/sign-in/oidc/1?to=/routes&here=1");
            circle.Headers.Location!.ToString().ShouldStartWith(console.Provider.Issuer + "/authorize");
        }
        finally
        {
            await console.DisposeAsync();
        }
    }
}
