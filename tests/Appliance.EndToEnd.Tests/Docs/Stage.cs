using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Docs;

/// <summary>What must be there before a printed session can be typed: the product, a back end, open WebSockets.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly List<Task> _answering = [];
    private readonly List<ClientWebSocket> _clients = [];
    private BackendProcess? _backend;

    /// <summary>The product; not started yet.</summary>
    public ApplianceProcess Product { get; } = new();

    /// <summary>What this machine has in place of the examples of the page.</summary>
    public Dictionary<string, string> Real { get; } = [];

    /// <summary>Address of the back end.</summary>
    public string Server => _backend?.Address ?? throw new InvalidOperationException("There is no back end yet.");

    /// <summary>A product that runs with the route <c>chat</c> to one back end, as the examples have it.</summary>
    public async Task ChatAsync()
    {
        _backend = await BackendProcess.NodeAsync();
        Real["http://10.0.0.1:8010"] = Server;
        Real["192.0.2.0/24"] = "127.0.0.1/32";
        await Product.StartAsync();
        (await Product.ApplyAsync(Document().ToJsonString())).ExitCode.ShouldBe(0);
    }

    /// <summary>The document with the route <c>chat</c>; whoever asks may change it.</summary>
    public JsonObject Document() =>
        JsonNode
            .Parse(
                $$"""
                { "routes": [ { "name": "chat", "path": "/chat", "action": { "kind": "proxy", "pool": "chat" } } ],
                  "upstreamPools": [ { "name": "chat", "servers": [ { "address": "{{Server}}" }, { "address": "http://127.0.0.1:9", "backup": true } ] } ] }
                """
            )!
            .AsObject();

    /// <summary>So many WebSockets on the route, from that address, whose clients answer a close frame.</summary>
    public async Task OpenAsync(int count, string from = "127.0.0.1")
    {
        foreach (var client in await Clients.OpenAsync(Product.HttpPort, "/chat", count, from))
        {
            _clients.Add(client);
            _answering.Add(Clients.HearCloseAsync(client));
        }
    }

    /// <summary>Ends what is open, and waits until the product has seen it.</summary>
    public async Task EndAllAsync()
    {
        foreach (var client in _clients)
            client.Abort();
        await Task.WhenAll(_answering);
        await Eventually.TrueAsync(async () => (await IdsAsync()).Count == 0, "the WebSockets are over");
    }

    /// <summary>The ids of what is open.</summary>
    public async Task<IReadOnlyList<long>> IdsAsync()
    {
        using var control = Product.Control();
        using var open = JsonDocument.Parse(await control.GetStringAsync("control/connections"));
        return [.. open.RootElement.EnumerateArray().Select(one => one.GetProperty("id").GetInt64())];
    }

    /// <summary>Writes a file into the folder.</summary>
    public Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(Product.Folder, name), text);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await Product.DisposeAsync();
        if (_backend is not null)
            await _backend.DisposeAsync();
    }
}
