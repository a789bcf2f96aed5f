using System.Text.Json.Nodes;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.SignIn;

/// <summary>Providers may differ within the standards. Each of these lets people in.</summary>
public sealed class HonestVariationTests(ConsoleWithVariations console) : IClassFixture<ConsoleWithVariations>
{
    public static IEnumerable<object[]> Numbers =>
        ConsoleWithVariations.All.Select((variation, index) => new object[] { index + 1, variation.Name });

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task SignIn_HonestVariation_Works(int number, string name)
    {
        var provider = console.Providers[number - 1];
        using var browser = ConsoleWithProvider.Browser();
        var (way, _, _) = await ConsoleWithProvider.FollowAsync(browser, $"{console.Url}/sign-in/oidc/{number}?to=/account");
        way[^1].ShouldBe(console.Url + "/account", $"{name}\n{console.Product.Output}");
        provider.LastQuestion["code_challenge_method"].ShouldBe("S256");
        (provider.PushedRequests > 0).ShouldBe(provider.TakesPushedRequests);
    }

    [Fact]
    public async Task SignOut_ProviderHasNoPageForIt_SaysThatOneMayStillBeSignedInThere()
    {
        using var browser = ConsoleWithProvider.Browser();
        await ConsoleWithProvider.FollowAsync(browser, console.Url + "/sign-in/oidc/1");
        var there = await ConsoleWithProvider.SignOutAsync(browser, console.Url);
        (await ConsoleWithProvider.FollowAsync(browser, new Uri(new(console.Url), there).ToString())).Page.ShouldContain(
            "has no sign-out page"
        );
    }
}

/// <summary>One product with nine providers, each honest in its own way.</summary>
public sealed class ConsoleWithVariations : IAsyncLifetime
{
    private const string Basic = "client_secret_basic";
    private const string Post = "client_secret_post";

    /// <summary>What they are, and how a provider becomes one.</summary>
    public static IReadOnlyList<(string Name, Action<HostileProvider> Make)> All { get; } =
    [
        ("says nothing, has no sign-out page", provider => provider.HasSignOutPage = false),
        ("basic only", provider => Takes(provider, Basic, Basic)),
        ("post only", provider => Takes(provider, Post, Post)),
        ("both, and basic for this client", provider => Takes(provider, Basic, Basic, Post)),
        ("both, and post for this client", provider => Takes(provider, Post, Basic, Post)),
        ("pushed requests", provider => provider.TakesPushedRequests = true),
        ("pushed requests, basic only", provider =>
        {
            provider.TakesPushedRequests = true;
            Takes(provider, Basic, Basic);
        }),
        ("pushed requests, post for this client", provider =>
        {
            provider.TakesPushedRequests = true;
            Takes(provider, Post, Basic, Post);
        }),
        ("no hash of the access token, two audiences", provider => provider.Variation = claims =>
            {
                claims.Remove("at_hash");
                claims["aud"] = new JsonArray("another-client", HostileProvider.ClientId);
                claims["azp"] = HostileProvider.ClientId;
            }),
    ];

    public List<HostileProvider> Providers { get; } = [];

    public ApplianceProcess Product { get; } = new();

    public string Url => $"http://127.0.0.1:{Product.ConsolePort}";

    public async Task InitializeAsync()
    {
        Product.Settings["APPLIANCE_ADMIN_USER"] = ConsoleWithProvider.Administrator;
        Product.Settings["APPLIANCE_ADMIN_PASSWORD"] = ConsoleWithProvider.Password;
        foreach (var (name, make) in All)
        {
            var provider = await HostileProvider.StartAsync();
            make(provider);
            provider.Claims = new() { ["preferred_username"] = "ann", ["groups"] = new JsonArray("ops") };
            Providers.Add(provider);
            ConsoleWithProvider.AddProvider(Product, Providers.Count, provider.Issuer, name[..Math.Min(name.Length, 40)]);
        }

        await Product.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await Product.DisposeAsync();
        foreach (var provider in Providers)
            await provider.DisposeAsync();
    }

    private static void Takes(HostileProvider provider, string method, params string[] published) =>
        (provider.TakenMethod, provider.PublishedMethods) = (method, published);
}
