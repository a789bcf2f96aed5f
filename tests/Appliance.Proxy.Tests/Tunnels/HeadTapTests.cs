using System.Net;
using System.Net.Sockets;
using System.Text;
using Appliance.Proxy.Tunnels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Tunnels;

public sealed class HeadTapTests
{
    private const string Handshake = "GET /a%20b?x HTTP/1.1\r\nhOST: h\r\nX-B: 1\r\nx-a: 2\r\nX-B:3\r\nConnection: x, UPGRADE\r\nX-Latin: \xE9\r\n\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public async Task Take_UpgradeInPieces_IsTheHeadAsItCame(int pieceBytes)
    {
        var seen = await RunAsync(Handshake, pieceBytes);

        seen.ShouldBe([Handshake]);
    }

    [Fact]
    public async Task Take_HeadWithoutUpgrade_IsEmptyAndLaterOnesToo()
    {
        var seen = await RunAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n" + Handshake, 10_000);

        seen.ShouldBe(["", ""]);
    }

    [Fact]
    public async Task Take_BodyBehindHead_IsNotPartOfIt()
    {
        var head = "POST / HTTP/1.1\r\nHost: h\r\nX: upgrade\r\nContent-Length: 4\r\n\r\n";

        var seen = await RunAsync(head + "body" + Handshake, 10_000);

        seen.ShouldBe([head, ""]);
    }

    [Fact]
    public async Task Take_HeadOverTheLimit_IsEmpty()
    {
        var fill = new StringBuilder();
        for (var line = 0; line < 5; line++) fill.Append("X-").Append(line).Append(": ").Append('y', 7000).Append("\r\n");

        var seen = await RunAsync($"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n{fill}\r\n", 4096);

        seen.ShouldBe([""]);
    }

    private static async Task<List<string>> RunAsync(string sent, int pieceBytes)
    {
        var requests = sent.Split("HTTP/1.1").Length - 1;
        var seen = new List<string>();
        var done = new TaskCompletionSource();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Limits.MaxRequestHeadersTotalSize = 64 * 1024;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHeadTap());
        });
        await using var app = builder.Build();
        app.Run(async context =>
        {
            seen.Add(Encoding.Latin1.GetString(context.Features.Get<TappedHead>()!.Take().Span));
            await context.Request.Body.CopyToAsync(Stream.Null);
            if (seen.Count == requests) done.SetResult();
        });
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, new Uri(address).Port);
        foreach (var piece in Encoding.Latin1.GetBytes(sent).Chunk(pieceBytes)) await client.GetStream().WriteAsync(piece);
        await done.Task.WaitAsync(TimeSpan.FromSeconds(20));
        return seen;
    }
}
