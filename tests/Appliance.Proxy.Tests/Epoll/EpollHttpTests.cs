using System.Security.Cryptography;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>HTTP/1.1 over the event loops' transport: what Kestrel does over its own has to work here.</summary>
public sealed class EpollHttpTests
{
    private const int Much = 5_000_000;

    [Fact]
    public async Task Requests_Pipelined_AreAnsweredInOrder()
    {
        await using var host = await EpollHttpHost.StartAsync(context => context.Response.WriteAsync(context.Request.Path + "\n"));
        await using var client = await host.ConnectAsync();

        await client.SendAsync(
            string.Concat(
                Enumerable.Range(1, 50).Select(at => $"GET /{at} HTTP/1.1\r\nHost: a\r\n{(at == 50 ? "Connection: close\r\n" : "")}\r\n")
            )
        );

        var all = await client.ReadToEndAsync();
        all.Split("HTTP/1.1 200 OK").Length.ShouldBe(51);
        all.Split('\n').Where(line => line.StartsWith('/')).ShouldBe(Enumerable.Range(1, 50).Select(at => $"/{at}"));
    }

    [Fact]
    public async Task Requests_OneAfterTheOther_ShareTheConnection()
    {
        await using var host = await EpollHttpHost.StartAsync(context => context.Response.WriteAsync(context.Connection.Id));
        await using var client = await host.ConnectAsync();
        var ids = new HashSet<string>();

        for (var one = 0; one < 3; one++)
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            ids.Add((await client.ReadHeadAsync()).Split("\r\n")[0] + await BodyAsync(client));
        }

        ids.Count.ShouldBe(1);
        host.Loops.Sockets.ShouldBe(1);

        static async Task<string> BodyAsync(RawPeer client)
        {
            // One chunk and the last one.
            var size = Convert.ToInt32((await LineAsync(client)), 16);
            var text = System.Text.Encoding.ASCII.GetString(await client.ReadAsync(size));
            await client.ReadAsync(7);
            return text;
        }

        static async Task<string> LineAsync(RawPeer client)
        {
            var line = "";
            while (!line.EndsWith("\r\n", StringComparison.Ordinal))
                line += (char)(await client.ReadAsync(1))[0];
            return line.Trim();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Upload_Megabytes_ArriveUnaltered(bool chunked)
    {
        var bytes = RandomNumberGenerator.GetBytes(Much);
        await using var host = await EpollHttpHost.StartAsync(async context =>
            await context.Response.WriteAsync(Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body)))
        );
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, host.Url) { Content = new ByteArrayContent(bytes) };
        request.Headers.TransferEncodingChunked = chunked;

        using var answer = await client.SendAsync(request);

        (await answer.Content.ReadAsStringAsync()).ShouldBe(Convert.ToHexString(SHA256.HashData(bytes)));
    }

    [Fact]
    public async Task Download_Megabytes_ArriveUnaltered()
    {
        var bytes = RandomNumberGenerator.GetBytes(Much);
        await using var host = await EpollHttpHost.StartAsync(context => context.Response.Body.WriteAsync(bytes).AsTask());
        using var client = new HttpClient();

        SHA256.HashData(await client.GetByteArrayAsync(host.Url)).ShouldBe(SHA256.HashData(bytes));
    }

    [Fact]
    public async Task Download_ClientReadsLate_ServerWaitsAndNothingIsLost()
    {
        const int most = 12_000_000;
        var run = new ByteRun(60);
        var written = 0;
        await using var host = await EpollHttpHost.StartAsync(async context =>
        {
            context.Response.ContentLength = most;
            for (var at = 0; at < most; at += 50_000)
            {
                await context.Response.Body.WriteAsync(run.At(at, 50_000));
                Interlocked.Add(ref written, 50_000);
            }
        });
        await using var client = await host.ConnectAsync(receiveBytes: 128 * 1024);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        var (last, still) = (-1, 0);
        await Until.TrueAsync(() =>
        {
            still = written == last && written > 0 ? still + 1 : 0;
            last = written;
            return still > 40;
        });

        written.ShouldBeLessThan(most);
        await client.ReadHeadAsync();
        await run.ReceiveAsync(client, most);
    }

    [Fact]
    public async Task ConnectionClose_AnswerIsOut_ConnectionEndsInOrder()
    {
        await using var host = await EpollHttpHost.StartAsync(context => context.Response.WriteAsync("bye"));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

        (await client.ReadToEndAsync()).ShouldContain("bye");
        await Until.TrueAsync(() => host.Loops.Sockets == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientLeaves_InTheMiddleOfAnAnswer_RequestIsAborted(bool reset)
    {
        var aborted = new TaskCompletionSource();
        await using var host = await EpollHttpHost.StartAsync(async context =>
        {
            await context.Response.WriteAsync("begun");
            await context.Response.Body.FlushAsync();
            await using (context.RequestAborted.Register(aborted.SetResult))
                await aborted.Task;
        });
        var client = await host.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await client.ReadHeadAsync();

        if (reset)
            client.Reset();
        else
            await client.DisposeAsync();

        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await Until.TrueAsync(() => host.Loops.Sockets == 0);
    }

    [Fact]
    public async Task ServerAborts_InTheMiddleOfAnAnswer_ClientIsCut()
    {
        await using var host = await EpollHttpHost.StartAsync(async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("begun");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        await using var client = await host.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        await client.DrainAsync();
        await Until.TrueAsync(() => host.Loops.Sockets == 0);
    }

    [Fact]
    public async Task Host_Stops_IdleConnectionsAreClosed()
    {
        var host = await EpollHttpHost.StartAsync(context => context.Response.WriteAsync("hello"));
        var loops = host.Loops;
        await using var idle = await host.ConnectAsync();
        await Until.TrueAsync(() => loops.Sockets == 1);

        await host.DisposeAsync();

        await idle.DrainAsync();
        loops.Sockets.ShouldBe(0);
    }
}
