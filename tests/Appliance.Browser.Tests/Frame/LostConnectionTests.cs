using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Appliance.Browser.Tests.People;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Frame;

/// <summary>The server runs, the connection to it does not: whichever way the page comes back, what was typed is there.</summary>
public sealed class LostConnectionTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    private const string Back = "Your unsaved changes were restored.";

    // Types into a field without moving there, in one go with what follows.
    private const string Type = """
        () => {
          window.type = (name, value) => {
            const field = document.querySelector(`[name="${name}"]`);
            field.value = value;
            field.dispatchEvent(new Event('input', { bubbles: true }));
          };
        }
        """;

    // Lets go of the circuit on the server while the page believes in it; the framework does so when a page is left. The old connection
    // says nothing from here on: the server answers a word about a circuit that is gone with an error, and the page stops there. New
    // connections, which come later, may speak.
    private const string EndCircuit = """
        async () => {
          const { send } = WebSocket.prototype;
          const later = new WeakSet();
          WebSocket.prototype.send = function (data) { if (later.has(this)) send.call(this, data); };
          window.WebSocket = class extends WebSocket {
            constructor(...address) { super(...address); later.add(this); }
          };
          let circuit;
          navigator.sendBeacon = (_, form) => { circuit = form; return false; };
          Blazor.disconnect();
          await fetch('/_blazor/disconnect', { method: 'POST', body: circuit });
        }
        """;

    // The framework knows the page's forms no more.
    private const string Deaf = """
        () => {
          for (const form of document.forms) {
            for (const key of Object.keys(form).filter(key => key.startsWith('_blazorEvents'))) delete form[key];
          }
        }
        """;

    [BrowserTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TypedWhileItWasAway_Counts(bool circuitIsGone)
    {
        var page = await console.OpenAsync("/pools/new");
        var name = circuitIsGone ? "offline_reload" : "offline_reconnect";
        await page.GetByLabel("Name").FillAsync(name);
        await Kept(page, name);

        // It must not come back, and load the page anew, before the network is gone.
        await page.RouteAsync("**/_blazor/negotiate**", route => route.AbortAsync());
        if (circuitIsGone)
            await page.EvaluateAsync(EndCircuit);
        await page.Context.SetOfflineAsync(true);
        await page.UnrouteAllAsync();
        await page.EvaluateAsync("Blazor._internal.forceCloseConnection()");
        await Assertions.Expect(page.GetByText("Reconnecting")).ToBeVisibleAsync();
        await page.GetByLabel("Address").FillAsync("http://127.0.0.1:7");
        await page.GetByLabel("Tags").FillAsync("typed last");
        await page.Context.SetOfflineAsync(false);
        await IsBack(page);
        await Assertions.Expect(page.GetByText(Back)).ToHaveCountAsync(circuitIsGone ? 1 : 0);
        await SaveAsync(page, name, "typed last");
    }

    [BrowserTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TypedBeforeAnybodyNoticed_Counts(bool circuitIsGone)
    {
        var page = await console.OpenAsync("/pools/new");
        var name = circuitIsGone ? "unnoticed_reload" : "unnoticed_reconnect";
        await page.GetByLabel("Name").FillAsync(name);
        await Kept(page, name);
        if (circuitIsGone)
            await page.EvaluateAsync(EndCircuit);
        await page.EvaluateAsync(Type);

        // These go out on a connection that is closing: nobody hears them, and no bar stands there yet.
        await page.EvaluateAsync(
            """
            () => {
              window.wasLost = false;
              new MutationObserver(() => { window.wasLost ||= document.documentElement.classList.contains('disconnected'); })
                .observe(document.documentElement, { attributes: true, attributeFilter: ['class'] });
              Blazor._internal.forceCloseConnection();
              type('servers/0/address', 'http://127.0.0.1:7');
              type('tags', 'typed last');
            }
            """
        );

        // Back is what has been away: the fields look the same before anybody notices, and a click in that moment is lost like the strokes.
        await page.WaitForFunctionAsync("() => window.wasLost !== false");
        await IsBack(page);
        await Assertions.Expect(page.GetByText(Back)).ToHaveCountAsync(circuitIsGone ? 1 : 0);
        await SaveAsync(page, name, "typed last");
    }

    [BrowserFact]
    public async Task TypedFasterThanDraftsAreKept_NothingOfItIsForgotten()
    {
        var page = await console.OpenAsync("/pools/new");
        await page.GetByLabel("Name").FillAsync("fast");
        await Kept(page, "fast");
        await page.EvaluateAsync(Type);

        // A draft from before these strokes arrives after them, while the cursor stands elsewhere; then the page is gone.
        var fields = await page.EvaluateAsync<string>(
            """
            () => {
              const heard = appliance.strokes('upstreamPools/new').count;
              const before = JSON.parse(sessionStorage['draft:upstreamPools/new']).draft;
              document.querySelector('[name="name"]').focus();
              type('servers/0/address', 'http://127.0.0.1:7');
              type('tags', 'typed last');
              appliance.keep('upstreamPools/new', null, before, heard, []);
              return Object.keys(JSON.parse(sessionStorage['draft:upstreamPools/new']).fields).join(' ');
            }
            """
        );
        fields.ShouldBe("servers/0/address tags");

        // And what the server has heard needs no second place.
        await page.WaitForFunctionAsync(
            """
            () => {
              const kept = JSON.parse(sessionStorage['draft:upstreamPools/new']);
              return kept.draft.includes('127.0.0.1:7') && kept.draft.includes('typed last') && Object.keys(kept.fields).length === 0;
            }
            """
        );
    }

    // Lost on the way without anybody's notice, in either direction of time: long before the save, or right before it.
    [BrowserTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LostStrokes_AreSaidAgain(bool savedAtOnce)
    {
        var page = await console.OpenAsync("/pools/new");
        var name = savedAtOnce ? "lost_then_saved" : "lost_then_kept";
        await page.GetByLabel("Name").FillAsync(name);
        await Kept(page, name);
        await page.EvaluateAsync(Type);
        await page.EvaluateAsync(
            """
            async saves => {
              const lose = event => event.stopImmediatePropagation();
              document.addEventListener('input', lose, true);
              type('servers/0/address', 'http://127.0.0.1:7');
              type('tags', 'typed last');
              document.removeEventListener('input', lose, true);
              if (saves) document.querySelector('[data-keep]').requestSubmit();
              else type('beside/comment', 'heard');
            }
            """,
            savedAtOnce
        );
        if (!savedAtOnce)
        {
            await Kept(page, "typed last");
            await SaveAsync(page, name, "typed last");
        }
        else
        {
            await Stored(page, name, "typed last");
        }
    }

    // The framework keeps the browser from sending a form's fields itself, in an address, only while it knows the form.
    [BrowserTheory]
    [InlineData("/people/new", "Initial password", true)]
    [InlineData("/people/new", "Initial password", false)]
    [InlineData("/people", "Scope", false)]
    [InlineData("/pools/new", "Name", true)]
    [InlineData("/pools/new", "Name", false)]
    [InlineData("/certificates/new", "Password", false)]
    [InlineData("/certificates/new/self-signed", "Name", false)]
    public async Task SavedWhileNobodyHandlesIt_NothingTypedGoesIntoAnAddress(string path, string label, bool circuitIsGone)
    {
        const string secret = "never-in-an-address";
        var page = await console.OpenAsync(path);
        if (path == "/people")
        {
            await SomebodyElse.AddAsync(console, "frida", "Operator");
            await page.GotoAsync(console.Url + path);
            await page.GetByRole(AriaRole.Link, new() { Name = "frida" }).ClickAsync();
        }

        var field = page.GetByLabel(label, new() { Exact = true });
        await field.FillAsync(secret);
        var url = page.Url;
        var requests = new ConcurrentQueue<string>();
        page.Request += (_, request) => requests.Enqueue(request.Url);

        // What would load the page anew stays away, so that it is seen as the click leaves it.
        await page.RouteAsync("**/_blazor/negotiate**", route => route.AbortAsync());
        await page.RouteAsync("**/healthz", route => route.AbortAsync());
        await page.EvaluateAsync(circuitIsGone ? EndCircuit : Deaf);
        await page.Locator("main form").First.EvaluateAsync("form => form.querySelector('button[type=submit]').click()");

        // Answered after everything that the click began.
        (await page.EvaluateAsync<bool>("fetch('/healthz').then(() => false, () => true)")).ShouldBeTrue();
        page.Url.ShouldBe(url);
        await Assertions.Expect(field).ToHaveValueAsync(secret);
        requests.ShouldNotContain(one => one.Contains(secret, StringComparison.Ordinal));
    }

    // Nothing waits for the connection any more, neither the page that reconnected nor the one that is about to be loaded again.
    private static async Task IsBack(IPage page)
    {
        await Assertions.Expect(page.Locator("html")).Not.ToHaveClassAsync(new Regex("disconnected"));
        await Assertions.Expect(page.GetByLabel("Address")).ToHaveValueAsync("http://127.0.0.1:7");
    }

    private static async Task Kept(IPage page, string text) =>
        await page.WaitForFunctionAsync(
            "text => JSON.parse(sessionStorage['draft:upstreamPools/new'] ?? '{}').draft?.includes(text)",
            text
        );

    // What is stored counts, not what stands in the fields.
    private static async Task SaveAsync(IPage page, string name, string tags)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await Stored(page, name, tags);
    }

    private static async Task Stored(IPage page, string name, string tags)
    {
        await Assertions.Expect(page.GetByText($"Added pool {name}")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Name")).ToHaveValueAsync(name);
        await Assertions.Expect(page.GetByLabel("Address")).ToHaveValueAsync("http://127.0.0.1:7");
        await Assertions.Expect(page.GetByLabel("Tags")).ToHaveValueAsync(new Regex(tags.Replace(" ", ".*", StringComparison.Ordinal)));
    }
}
