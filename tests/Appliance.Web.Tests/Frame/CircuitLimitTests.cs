using System.Net;
using Appliance.Data.Accounts;
using Appliance.Web.Frame;
using Appliance.Web.SignIn;
using Appliance.Web.Tests.Control;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Appliance.Web.Tests.Frame;

public sealed class CircuitLimitTests
{
    // The framework makes circuits; the limit only counts them.
    private static readonly Microsoft.AspNetCore.Components.Server.Circuits.Circuit Somebodys = null!;

    [Theory]
    [InlineData("POST", "/_blazor/negotiate?negotiateVersion=1")]
    [InlineData("GET", "/_blazor")]
    [InlineData("GET", "/")]
    [InlineData("GET", "/routes/new")]
    public async Task Guard_AsManyPagesAsMayBe_RefusesOneMoreWithASentence(string method, string path)
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        var limit = console.Services.GetRequiredService<CircuitLimit>();
        for (var page = 0; page < CircuitLimit.Most - 1; page++)
            await limit.OnConnectionUpAsync(Somebodys, CancellationToken.None);
        (await AskAsync(console, method, path)).Status.ShouldNotBe(HttpStatusCode.ServiceUnavailable);
        await limit.OnConnectionUpAsync(Somebodys, CancellationToken.None);
        (await AskAsync(console, method, path)).ShouldBe((HttpStatusCode.ServiceUnavailable, "Too many pages of the console are open; close some and try again.\n"));

        // Everything else goes on, also what belongs to a connection that is there.
        (await AskAsync(console, "GET", "/account")).Status.ShouldBe(HttpStatusCode.OK);
        (await AskAsync(console, "POST", "/_blazor?id=known")).Status.ShouldNotBe(HttpStatusCode.ServiceUnavailable);

        // One that lost its connection leaves a place, also for itself.
        await limit.OnConnectionDownAsync(Somebodys, CancellationToken.None);
        (await AskAsync(console, method, path)).Status.ShouldNotBe(HttpStatusCode.ServiceUnavailable);
    }

    private static async Task<string> CookieAsync(ConsoleUnderTest console)
    {
        var accounts = console.Services.GetRequiredService<AccountStore>();
        await accounts.AddFirstAsync("ann", "hash", CancellationToken.None);
        var options = console.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(Session.Scheme);
        var account = (await accounts.FindAsync(1, CancellationToken.None)).ShouldNotBeNull();
        var session = await console.Services.GetRequiredService<SessionStore>().BeginAsync(account, new("127.0.0.1", "tests"), CancellationToken.None);
        var ticket = new AuthenticationTicket(Session.Of(account, session.Id), Session.Scheme);
        return $"{options.Cookie.Name}={options.TicketDataFormat.Protect(ticket)}";
    }

    private static async Task<(HttpStatusCode Status, string Text)> AskAsync(ConsoleUnderTest console, string method, string path)
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var request = new HttpRequestMessage(new(method), $"http://127.0.0.1:{console.Port}{path}") { Headers = { { "Accept", "text/html" }, { "Cookie", await CookieAsync(console) } } };
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
