using System.Net;
using System.Security.Cryptography;
using Appliance.Proxy.Epoll;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>
/// Requests begin on the loop of their connection, with TLS and without, and every byte of their bodies stays what it was.
/// </summary>
public sealed class LoopRequestTests
{
    [Theory]
    [InlineData(false, "1.1", true)]
    [InlineData(true, "1.1", true)]
    [InlineData(true, "2.0", false)] // the HTTP server runs each of its streams on the thread pool
    public async Task Request_BeginsOnItsLoop(bool isSecure, string version, bool onLoop)
    {
        await using var host = await EpollHttpHost.StartAsync(
            context => context.Response.WriteAsync(LoopThread.IsCurrent ? "loop" : "pool"),
            isSecure: isSecure
        );
        using var client = Client();

        // The first of a connection may have come together with the end of the handshake.
        for (var request = 0; request < 3; request++)
        {
            using var ask = new HttpRequestMessage(HttpMethod.Get, Url(host, isSecure))
            {
                Version = Version.Parse(version),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var answer = await client.SendAsync(ask);
            if (request > 0)
                (await answer.Content.ReadAsStringAsync()).ShouldBe(onLoop ? "loop" : "pool");
        }
    }

    // Pieces of every size around a record's, flushed or not, written by copies or in place.
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Body_UnderTls_ComesAndGoesByteForByte(string version)
    {
        const int Bytes = 3_000_000;
        var sent = RandomNumberGenerator.GetBytes(Bytes);
        await using var host = await EpollHttpHost.StartAsync(
            async context =>
            {
                var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                var sizes = new Random(7);
                var rest = body.ToArray().AsMemory();
                while (!rest.IsEmpty)
                {
                    var size = Math.Min(
                        rest.Length,
                        sizes.Next(4) switch
                        {
                            0 => 1,
                            1 => sizes.Next(100),
                            2 => 16_384 + sizes.Next(-2, 3),
                            _ => sizes.Next(80_000),
                        }
                    );
                    if (sizes.Next(2) == 0)
                    {
                        rest[..size].CopyTo(context.Response.BodyWriter.GetMemory(size));
                        context.Response.BodyWriter.Advance(size);
                    }
                    else
                    {
                        await context.Response.BodyWriter.WriteAsync(rest[..size]);
                    }

                    rest = rest[size..];
                    if (sizes.Next(3) == 0)
                        await context.Response.BodyWriter.FlushAsync();
                }
            },
            isSecure: true
        );
        using var client = Client();
        using var ask = new HttpRequestMessage(HttpMethod.Post, Url(host, isSecure: true))
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(sent),
        };

        using var answer = await client.SendAsync(ask);

        (await answer.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(sent).ShouldBeTrue();
    }

    private static string Url(EpollHttpHost host, bool isSecure) => $"{(isSecure ? "https" : "http")}://localhost:{host.Port}/";

    private static HttpClient Client() =>
        new(
            new SocketsHttpHandler
            {
                SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
                AutomaticDecompression = DecompressionMethods.None,
            }
        )
        {
            Timeout = TimeSpan.FromSeconds(60),
        };
}
