using System.Net;
using System.Net.Sockets;
using System.Text;
using Appliance.Proxy.Edge;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Edge;

/// <summary>What the server under us is shown of a connection, and what is kept of each of its heads.</summary>
public sealed class HeadReaderTests
{
    private const string Handshake =
        "GET /a%20b?x HTTP/1.1\r\nhOST: h\r\nX-B: 1\r\nx-a: 2\r\nX-B:3\r\nConnection: x, UPGRADE\r\nupgrade: w\r\nX-Latin: \xE9\r\n\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public async Task Take_UpgradeInPieces_IsTheHeadAsItCame(int pieceBytes)
    {
        var seen = await RunAsync(Handshake, pieceBytes, 1);

        seen.ShouldBe([Handshake]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10_000)]
    public async Task Take_UpgradeBehindOthers_IsItsOwnHead(int pieceBytes)
    {
        var others =
            "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
            + "\r\nPOST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 60\r\n\r\n"
            + Handshake[..60]
            + "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3c;a=b\r\n"
            + Handshake[..60]
            + "\r\n0\r\nX-Trailer: t\r\n\r\n"
            + "GET /d HTTP/1.1\nHost: h\n\n";

        var seen = await RunAsync(others + Handshake, pieceBytes, 5);

        seen.ShouldBe(["", "", "", "", Handshake]);
    }

    [Fact]
    public async Task Take_BodyBehindHead_IsNotPartOfIt()
    {
        var head = "POST / HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nContent-Length: 4\r\n\r\n";

        var seen = await RunAsync(head + "body" + Handshake, 10_000, 2);

        seen.ShouldBe([head, Handshake]);
    }

    [Fact]
    public async Task Leave_WhatComesThen_IsNotShownAsARequest()
    {
        await using var app = await StartAsync(async context =>
        {
            var head = context.Features.Get<ClientHead>()!; // the tap is on
            head.TakeJudged().ShouldBeTrue();
            head.Leave();
            await using var stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
            var bytes = new byte[4];
            await stream.ReadExactlyAsync(bytes);
            await stream.WriteAsync(bytes);
        });
        using var client = await ConnectAsync(app);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(Handshake + "\0\x01\n\r"));

        var answer = new byte[1000];
        var read = 0;
        while (await client.GetStream().ReadAsync(answer.AsMemory(read)).AsTask().WaitAsync(TimeSpan.FromSeconds(20)) is var some and > 0)
            read += some;
        Encoding.Latin1.GetString(answer, 0, read).ShouldEndWith("\r\n\r\n\0\x01\n\r");
    }

    private static async Task<List<string>> RunAsync(string sent, int pieceBytes, int requests)
    {
        var seen = new List<string>();
        var done = new TaskCompletionSource();
        await using var app = await StartAsync(async context =>
        {
            var head = context.Features.Get<ClientHead>()!; // the tap is on
            head.TakeJudged().ShouldBeTrue();
            head.TakeJudged().ShouldBeFalse();
            seen.Add(Encoding.Latin1.GetString(head.Take().Span));
            await context.Request.Body.CopyToAsync(Stream.Null);
            if (seen.Count == requests)
                done.SetResult();
        });
        using var client = await ConnectAsync(app);
        foreach (var piece in Encoding.Latin1.GetBytes(sent).Chunk(pieceBytes))
            await client.GetStream().WriteAsync(piece);
        await done.Task.WaitAsync(TimeSpan.FromSeconds(20));
        return seen;
    }

    private static async Task<WebApplication> StartAsync(RequestDelegate run)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHeadTap());
        });
        var app = builder.Build();
        app.Run(run);
        await app.StartAsync();
        return app;
    }

    private static async Task<TcpClient> ConnectAsync(WebApplication app)
    {
        var client = new TcpClient { NoDelay = true };
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(address).Port);
        return client;
    }
}
