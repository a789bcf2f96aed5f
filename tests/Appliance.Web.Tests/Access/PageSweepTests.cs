using System.Net.WebSockets;
using System.Reflection;
using Appliance.Data.Rights;
using Appliance.Web.Frame;
using Appliance.Web.Tests.Control;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Appliance.Web.Tests.Access;

/// <summary>
/// Every method of the pages' hub and every page within a circuit, by raw protocol and by every kind of person. Methods and pages are found
/// in the running console: a new one fails here until somebody has said what it does.
/// </summary>
public sealed class PageSweepTests : IAsyncLifetime
{
    private const string Refusal = "This page is for administrators";
    private const string Frame = "Skip to content";

    // Arguments that hold for a page that is drawn, so that nothing but the door has a reason to close the connection.
    private static readonly Dictionary<string, Func<RawPage, Task<string?>>> _methods = new()
    {
        ["StartCircuit"] = page => page.AskAsync("StartCircuit", page.Home, page.Home + "people", "[]", ""),
        ["UpdateRootComponents"] = page => page.AskAsync("UpdateRootComponents", """{"batchId":2,"operations":[]}""", ""),
        ["ConnectCircuit"] = page => page.AskAsync("ConnectCircuit", "nonsense"),
        ["PauseCircuit"] = page => page.AskAsync("PauseCircuit"),
        ["ResumeCircuit"] = page => page.AskAsync("ResumeCircuit", "nonsense", page.Home, page.Home + "people", "[]", ""),
        ["BeginInvokeDotNetFromJS"] = page => page.AskAsync("BeginInvokeDotNetFromJS", "1", "Appliance.Web", "NoSuchMethod", 0L, "[]"),
        ["EndInvokeJSFromDotNet"] = page => page.AskAsync("EndInvokeJSFromDotNet", 1_000_000L, true, "[1000000,true,null]"),
        ["ReceiveByteArray"] = page => page.AskAsync("ReceiveByteArray", 0L, new byte[1]),
        ["ReceiveJSDataChunk"] = page => page.AskAsync("ReceiveJSDataChunk", 1L, 0L, new byte[1], null),
        ["SendDotNetStreamToJS"] = page => page.StreamAsync("SendDotNetStreamToJS", 1L),
        ["OnRenderCompleted"] = page => page.AskAsync("OnRenderCompleted", 0L, null),
        ["OnLocationChanged"] = page => page.AskAsync("OnLocationChanged", page.Home + "routes", null, false),
        ["OnLocationChanging"] = page => page.AskAsync("OnLocationChanging", 1L, page.Home + "routes", null, false),
    };

    private ConsoleUnderTest _console = null!; // set before each test

    public async Task InitializeAsync()
    {
        _console = await ConsoleUnderTest.StartAsync();
        await Somebody.SignInAsync(_console.Services, Role.Administrator); // there is always another one
    }

    public async Task DisposeAsync() => await _console.DisposeAsync();

    [Fact]
    public void EveryMethodOfTheHub_IsListed()
    {
        var hub = typeof(CircuitOptions).Assembly.GetType("Microsoft.AspNetCore.Components.Server.ComponentHub", throwOnError: true)!; // or it throws
        hub.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.GetBaseDefinition().DeclaringType == hub && !method.IsSpecialName)
            .Select(method => method.GetCustomAttribute<HubMethodNameAttribute>()?.Name ?? method.Name)
            .Order(StringComparer.Ordinal)
            .ShouldBe(_methods.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task EveryMethod_ByWhoeverIsSignedIn_PassesTheDoor()
    {
        foreach (var kind in KindsOfPeople.SignedIn)
        {
            var who = await KindsOfPeople.MakeAsync(_console.Services, kind);
            var markers = await RawPage.MarkersAsync(_console.Port, who.Cookie);
            foreach (var (name, say) in _methods)
            {
                await using var page = await RawPage.OpenAsync(_console.Port, who.Cookie);
                if (name != "StartCircuit")
                    await page.DrawAsync(markers, "/");
                (await say(page) ?? "").ShouldNotContain("The session has ended", Case.Sensitive, $"{name} by {kind}");
            }
        }
    }

    [Fact]
    public async Task EveryMethod_AfterTheEnd_IsRefusedByTheDoorAlone()
    {
        // Nobody else closes connections here.
        await _console.Services.GetServices<IHostedService>().OfType<PageWatch>().Single().StopAsync(CancellationToken.None);
        foreach (var kind in KindsOfPeople.Gone)
        {
            foreach (var (name, say) in _methods)
            {
                var who = await Somebody.SignInAsync(_console.Services, Role.Administrator);
                await using var page = await RawPage.OpenAsync(_console.Port, who.Cookie);
                if (name != "StartCircuit")
                    await page.DrawAsync(await RawPage.MarkersAsync(_console.Port, who.Cookie), "/routes/new");
                await KindsOfPeople.LeaveAsync(who, kind);
                page.IsClosed.ShouldBeFalse($"{name} by {kind}");
                await SayAsync(say, page);
                await page.ClosedAsync();
                page.Seen.ShouldNotContain("Add person", Case.Sensitive, $"{name} by {kind}");
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("ended")]
    [InlineData("disabled")]
    public async Task Connection_ByNobody_IsNotOpened(string kind)
    {
        var cookie = kind.Length > 0 ? (await KindsOfPeople.MakeAsync(_console.Services, kind)).Cookie : "a=b";
        (await Should.ThrowAsync<WebSocketException>(() => RawPage.OpenAsync(_console.Port, cookie))).Message.ShouldContain("401");
    }

    [Fact]
    public async Task EveryPage_WithinACircuit_IsDrawnForWhoeverMayHaveIt()
    {
        var pages = _console
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(one =>
                one.Metadata.GetMetadata<ComponentTypeMetadata>() is { Type: { } type }
                && type.GetCustomAttribute<ExcludeFromInteractiveRoutingAttribute>() is null
            )
            .Select(one => one.RoutePattern.RawText!)
            .Distinct()
            .ToList(); // pages have one
        pages.Count.ShouldBeGreaterThan(25);
        var wrong = new List<string>();
        foreach (var kind in KindsOfPeople.SignedIn)
        {
            var who = await KindsOfPeople.MakeAsync(_console.Services, kind);
            var markers = await RawPage.MarkersAsync(_console.Port, who.Cookie);
            foreach (var pattern in pages)
            {
                await using var page = await RawPage.OpenAsync(_console.Port, who.Cookie);
                await page.DrawAsync(markers, EndpointsTests.PathOf(pattern));
                (await page.SeesAsync(text => text.Contains(Frame, StringComparison.Ordinal))).ShouldBeTrue($"{pattern} by {kind}");
                var isRefused = page.Seen.Contains(Refusal, StringComparison.Ordinal);
                if (isRefused != (kind != "administrator" && EndpointsTests.Expected["GET " + pattern] == "administrators"))
                    wrong.Add($"{pattern} by {kind}: {(isRefused ? "refused" : "drawn")}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    private static async Task SayAsync(Func<RawPage, Task<string?>> say, RawPage page)
    {
        try
        {
            await say(page);
        }
        catch (IOException)
        {
            // Closed instead of answered.
        }
    }
}
