using System.Net;
using System.Net.WebSockets;
using System.Security.Claims;
using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.Frame;
using Appliance.Web.SignIn;
using Appliance.Web.Tests.Access;
using Appliance.Web.Tests.Control;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Frame;

public sealed class CircuitLimitTests
{
    private const string Negotiate = "/_blazor/negotiate?negotiateVersion=1";
    private const string TooMany = "Too many pages of the console are open; close some and try again.\n";

    [Theory]
    [InlineData("POST", "/_blazor/negotiate?negotiateVersion=1")]
    [InlineData("GET", "/_blazor")]
    [InlineData("GET", "/")]
    [InlineData("GET", "/routes/new")]
    public async Task Guard_AsManyPagesAsMayBe_RefusesOneMoreWithASentence(string method, string path)
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        var pages = console.Services.GetRequiredService<OpenPages>();
        var (boss, viewer) = (
            await Somebody.SignInAsync(console.Services, Role.Administrator),
            await Somebody.SignInAsync(console.Services, Role.Viewer)
        );
        var connections = Enumerable.Range(0, OpenPages.Most).Select(number => new FakeHubCaller(number)).ToList();
        var taken = 0;
        void Open(int most, Role role)
        {
            for (; taken < most; taken++)
                pages.Add(connections[taken], Person(1000 + taken, $"session {taken}", role)).ShouldNotBeNull();
        }

        // The last ones are for administrators only.
        Open(OpenPages.Most - OpenPages.KeptForAdministrators - 1, Role.Viewer);
        (await AskAsync(console, viewer, method, path)).Status.ShouldNotBe(HttpStatusCode.ServiceUnavailable);

        // What was negotiated counts as a page until it is one, or is forgotten.
        var negotiated = method == "POST" ? 1 : 0;
        Open(taken + 1 - negotiated, Role.Viewer);
        (await AskAsync(console, viewer, method, path)).ShouldBe((HttpStatusCode.ServiceUnavailable, TooMany));
        (await AskAsync(console, boss, method, path)).Status.ShouldNotBe(HttpStatusCode.ServiceUnavailable);
        Open(OpenPages.Most - (2 * negotiated), Role.Administrator);
        (await AskAsync(console, boss, method, path)).ShouldBe((HttpStatusCode.ServiceUnavailable, TooMany));

        // Everything else goes on, also what belongs to a connection that is there.
        (await AskAsync(console, boss, "GET", "/account")).Status.ShouldBe(HttpStatusCode.OK);
        (await AskAsync(console, boss, "POST", "/_blazor?id=known")).Status.ShouldNotBe(HttpStatusCode.ServiceUnavailable);

        // One that lost its connection leaves a place, also for itself.
        pages.Remove(connections[0].ConnectionId);
        (await AskAsync(console, boss, method, path)).Status.ShouldNotBe(HttpStatusCode.ServiceUnavailable);
    }

    // No hub has begun on them, and none ever does: the framework takes 15 seconds to see that.
    [Fact]
    public async Task WebSockets_ThatNeverSayHello_CountFromTheirFirstByte()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        var viewer = await Somebody.SignInAsync(console.Services, Role.Viewer);
        var asked = await Task.WhenAll(
            Enumerable
                .Range(0, OpenPages.MostOfSession + 5)
                .Select(async _ =>
                {
                    var socket = new ClientWebSocket();
                    socket.Options.SetRequestHeader("Cookie", viewer.Cookie);
                    socket.Options.CollectHttpResponseDetails = true;
                    try
                    {
                        await socket.ConnectAsync(new($"ws://localhost:{console.Port}/_blazor"), CancellationToken.None);
                    }
                    catch (WebSocketException)
                    {
                        socket.HttpStatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
                    }

                    return socket;
                })
        );
        asked.Count(socket => socket.State == WebSocketState.Open).ShouldBe(OpenPages.MostOfSession);
        (await AskAsync(console, viewer, "POST", Negotiate)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        foreach (var socket in asked)
            socket.Dispose();
        await Eventually.TrueAsync(
            async () => (await AskAsync(console, viewer, "POST", Negotiate)).Status == HttpStatusCode.OK,
            "their places are free"
        );
    }

    [Fact]
    public async Task Negotiations_CountUntilTheyAreConnected()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        var pages = console.Services.GetRequiredService<OpenPages>();
        var viewer = await Somebody.SignInAsync(console.Services, Role.Viewer);
        for (var page = 1; page < OpenPages.MostOfSession; page++)
            pages.Add(new FakeHubCaller(page), Person(viewer.Account.Id, viewer.SessionId, Role.Viewer)).ShouldNotBeNull();
        var (status, text) = await AskAsync(console, viewer, "POST", Negotiate);
        status.ShouldBe(HttpStatusCode.OK);
        (await AskAsync(console, viewer, "POST", Negotiate)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);

        // Connected, it is a page and no negotiation any more: one place for both.
        using var answer = System.Text.Json.JsonDocument.Parse(text);
        var token = answer.RootElement.GetProperty("connectionToken").GetString();
        await using var connected = await RawPage.OpenAsync(console.Port, viewer.Cookie, token);
        await Eventually.TrueAsync(() => Task.FromResult(pages.List().Count == OpenPages.MostOfSession), "its hub has begun");
        pages.Remove("1");
        (await AskAsync(console, viewer, "POST", Negotiate)).Status.ShouldBe(HttpStatusCode.OK);
    }

    // Nobody is kept out by what the framework has forgotten.
    [Fact]
    public void Negotiations_AreForgottenWithTheFramework()
    {
        var time = TestTime.New();
        var pages = new OpenPages(time);
        var person = Person(1, "a", Role.Administrator);
        for (var page = 0; page < OpenPages.MostOfSession; page++)
            pages.Negotiated(pages.Expect(person).Coming.ShouldNotBeNull());
        pages.Refusal(person).ShouldNotBeNull();
        time.Advance(ComingPage.NegotiatedFor + TimeSpan.FromSeconds(1));
        pages.Refusal(person).ShouldBeNull();
    }

    [Fact]
    public void Refusal_OfOneSessionAndOnePerson_LeavesTheOthersTheirs()
    {
        var pages = new OpenPages(TimeProvider.System);
        var number = 0;
        bool Open(long account, string session) =>
            pages.Add(new FakeHubCaller(number++), Person(account, session, Role.Administrator)) is not null;
        for (var page = 0; page < OpenPages.MostOfSession; page++)
            Open(1, "a").ShouldBeTrue();
        Open(1, "a").ShouldBeFalse();
        pages.Refusal(Person(1, "a", Role.Administrator)).ShouldNotBeNull().ShouldContain("in this browser");
        for (var page = 0; page < OpenPages.MostOfPerson - OpenPages.MostOfSession; page++)
            Open(1, "b").ShouldBeTrue();
        Open(1, "c").ShouldBeFalse();
        pages.Refusal(Person(1, "c", Role.Administrator)).ShouldNotBeNull().ShouldContain("in all your browsers");
        Open(2, "d").ShouldBeTrue();
    }

    [Fact]
    public async Task Connections_WithoutAPage_CountAndAreRefusedBeyondTheLimit()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        var viewer = await Somebody.SignInAsync(console.Services, Role.Viewer);
        var pages = console.Services.GetRequiredService<OpenPages>();
        await using var first = await RawPage.OpenAsync(console.Port, viewer.Cookie);
        await first.AskAsync("StartCircuit", first.Home, first.Home, "[]", "");
        pages.List().ShouldHaveSingleItem().HasPage.ShouldBeFalse();
        for (var page = 1; page < OpenPages.MostOfSession; page++)
            pages.Add(new FakeHubCaller(page), Person(viewer.Account.Id, viewer.SessionId, Role.Viewer)).ShouldNotBeNull();
        await Should.ThrowAsync<System.Net.WebSockets.WebSocketException>(() => RawPage.OpenAsync(console.Port, viewer.Cookie));
        pages.Remove("1");
        await using var again = await RawPage.OpenAsync(console.Port, viewer.Cookie);
        (await again.AskAsync("StartCircuit", again.Home, again.Home, "[]", "")).ShouldNotBeNull();
    }

    private static ClaimsPrincipal Person(long id, string session, Role role) =>
        Session.Of(
            new()
            {
                Id = id,
                Name = "ann",
                NormalizedName = "ANN",
                Role = role,
            },
            session
        );

    private static async Task<(HttpStatusCode Status, string Text)> AskAsync(
        ConsoleUnderTest console,
        Somebody who,
        string method,
        string path
    )
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
        using var request = new HttpRequestMessage(new(method), $"http://127.0.0.1:{console.Port}{path}")
        {
            Headers = { { "Accept", "text/html" }, { "Cookie", who.Cookie } },
        };
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
