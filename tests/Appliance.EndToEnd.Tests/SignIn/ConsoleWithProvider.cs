using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Appliance.Data;
using Appliance.Data.Audit;
using Appliance.Testing;
using Microsoft.EntityFrameworkCore;

namespace Appliance.EndToEnd.Tests.SignIn;

/// <summary>
/// The product as a process, with a provider that lies when told to, one that calls itself by another name, one that is not there, and one
/// that never answers.
/// </summary>
public sealed class ConsoleWithProvider : IAsyncLifetime
{
    public const string Administrator = "root";
    public const string Password = "a long password";

    private readonly TcpListener _silent = new(IPAddress.Loopback, 0);
    private HostileProvider _misnamed = null!; // InitializeAsync comes first

    public ApplianceProcess Product { get; } = new();

    public HostileProvider Provider { get; private set; } = null!; // InitializeAsync comes first

    public string Url => $"http://127.0.0.1:{Product.ConsolePort}";

    public async Task InitializeAsync()
    {
        Provider = await HostileProvider.StartAsync();
        _misnamed = await HostileProvider.StartAsync();
        _misnamed.CallsItself = "https://login.example.com";
        Product.Settings["APPLIANCE_ADMIN_USER"] = Administrator;
        Product.Settings["APPLIANCE_ADMIN_PASSWORD"] = Password;
        AddProvider(Product, 1, Provider.Issuer, "Tests");
        AddProvider(Product, 2, _misnamed.Issuer, "Misnamed");
        AddProvider(Product, 3, $"http://127.0.0.1:{FreePorts.Next()}", "Away");
        _silent.Start();
        AddProvider(Product, 4, $"http://127.0.0.1:{((IPEndPoint)_silent.LocalEndpoint).Port}", "Silent");
        await Product.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await Product.DisposeAsync();
        await Provider.DisposeAsync();
        await _misnamed.DisposeAsync();
        _silent.Dispose();
    }

    /// <summary>An honest provider, and somebody in a group.</summary>
    public void Reset(ProviderLie lie = ProviderLie.None, params string[] groups)
    {
        (Provider.Lie, Provider.Subject) = (lie, "ann-1");
        Provider.Claims = new()
        {
            ["preferred_username"] = "ann",
            ["sid"] = "there-1",
            ["groups"] = new JsonArray([.. groups.Select(group => JsonValue.Create(group))]),
        };
        Provider.UserInfo = [];
        (Provider.Variation, Provider.IsAway) = (null, false);
    }

    public static HttpClient Browser() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new() }) { Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>Follows redirects by hand until there are no more; returns every address on the way.</summary>
    public static async Task<(List<string> Way, HttpStatusCode Status, string Page)> FollowAsync(HttpClient browser, string address)
    {
        var way = new List<string> { address };
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, way[^1]) { Headers = { { "Accept", "text/html" } } };
            using var answer = await browser.SendAsync(request);
            if (answer.Headers.Location is not { } next)
                return (way, answer.StatusCode, await answer.Content.ReadAsStringAsync());
            way.Add(new Uri(new Uri(way[^1]), next).ToString());
            way.Count.ShouldBeLessThan(12);
        }
    }

    /// <summary>A browser in which somebody of these groups is signed in.</summary>
    public async Task<HttpClient> SignedInAsync(params string[] groups)
    {
        Reset(ProviderLie.None, groups);
        var browser = Browser();
        (await FollowAsync(browser, Url + "/sign-in/oidc/1?to=/account")).Way[^1].ShouldBe(Url + "/account", Product.Output);
        return browser;
    }

    /// <summary>Sends the form of the account page that signs out; returns where it leads.</summary>
    public static async Task<Uri> SignOutAsync(HttpClient browser, string url)
    {
        var page = await browser.GetStringAsync(url + "/account");
        var token = Regex.Matches(page, "name=\"__RequestVerificationToken\" value=\"([^\"]+)\"").Last().Groups[1].Value;
        using var answer = await browser.PostAsync(
            url + "/sign-out",
            new FormUrlEncodedContent([new("__RequestVerificationToken", token)])
        );
        return answer.Headers.Location.ShouldNotBeNull();
    }

    /// <summary>True while the browser's session holds.</summary>
    public async Task<bool> IsSignedInAsync(HttpClient browser) =>
        !(await FollowAsync(browser, Url + "/account")).Way[^1].Contains("/sign-in", StringComparison.Ordinal);

    /// <summary>The database, to look at.</summary>
    public ApplianceDbContext Database() => new ContextFactory(Path.Combine(Product.Data, "appliance.db")).CreateDbContext();

    /// <summary>Entries of the audit, newest first.</summary>
    public async Task<IReadOnlyList<AuditEntry>> AuditAsync()
    {
        await using var db = Database();
        return await db.AuditEntries.AsNoTracking().OrderByDescending(entry => entry.Id).Take(20).ToListAsync();
    }

    /// <summary>Sets a provider in the product's settings, by its number.</summary>
    public static void AddProvider(ApplianceProcess product, int number, string authority, string name)
    {
        var prefix = number == 1 ? "APPLIANCE_OIDC_" : $"APPLIANCE_OIDC_{number}_";
        product.Settings[prefix + "AUTHORITY"] = authority;
        product.Settings[prefix + "CLIENT_ID"] = HostileProvider.ClientId;
        product.Settings[prefix + "CLIENT_SECRET"] = HostileProvider.ClientSecret;
        product.Settings[prefix + "ROLE_RULES"] =
            "groups:admins=Administrator;groups:ops=Operator;groups:team-a=Operator(host:*.a.example.com)";
        product.Settings[prefix + "NAME"] = name;
    }
}
