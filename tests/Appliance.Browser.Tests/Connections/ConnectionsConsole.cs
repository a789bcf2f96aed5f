using System.Net.WebSockets;
using System.Text;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Connections;

/// <summary>One running console for every test about connections; each uses routes of its own.</summary>
[CollectionDefinition(Name)]
public sealed class ConnectionsConsole : ICollectionFixture<RunningConsole>
{
    public const string Name = "connections";
}

/// <summary>WebSockets through the running proxy.</summary>
internal static class Sockets
{
    public static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    public static string SocketUrl(this RunningConsole console, string path) => $"ws://127.0.0.1:{console.Process.HttpPort}{path}";

    public static async Task<ClientWebSocket> ConnectAsync(this RunningConsole console, string path)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new(console.SocketUrl(path)), Limit());
        return socket;
    }

    public static async Task EchoAsync(this ClientWebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Limit());
        await socket.ReceiveAsync(new byte[4096], Limit());
    }

    /// <summary>The rows of the table.</summary>
    public static ILocator Rows(this IPage page) => page.Locator(".connections tbody tr");

    public static ILocator Button(this IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public static ILocator Filter(this IPage page, string label) =>
        page.GetByRole(AriaRole.Group, new() { Name = "Filters" }).GetByLabel(label);

    public static ILocator Question(this IPage page) => page.Locator(".mud-dialog");

    public static ILocator Details(this IPage page) => page.Locator("#details");
}
