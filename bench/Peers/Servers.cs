using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;

namespace Appliance.Bench.Peers;

/// <summary>The two servers that this program itself can be: the back end, and YARP as its documentation starts it.</summary>
internal static class Servers
{
    private static readonly byte[] _small = [.. Enumerable.Repeat((byte)'x', 66)];
    private static readonly byte[] _largest = [.. Enumerable.Repeat((byte)'x', 1024 * 1024)];
    private static readonly byte[] _large = [.. Enumerable.Repeat((byte)'x', 64 * 1024)];

    /// <summary>
    /// /small: 66 bytes; /large: 64 KiB; /large/1m: 1 MiB; an upgrade of /fan: frames at a pace; any other upgrade: every
    /// byte of a frame goes back unmasked by the caller's own framing.
    /// </summary>
    public static async Task BackendAsync(int port, int securePort, X509Certificate2? certificate)
    {
        var app = Build(
            port,
            _ => { },
            kestrel =>
            {
                if (certificate is null)
                    return;
                kestrel.Listen(IPAddress.Loopback, securePort, listen =>
                {
                    // What nginx speaks to servers.
                    listen.Protocols = HttpProtocols.Http1;
                    listen.UseHttps(certificate);
                });
            }
        );
        app.Run(async context =>
        {
            if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true })
            {
                await (context.Request.Path == "/fan" ? FanOutAsync(context) : EchoAsync(context));
                return;
            }

            await context.Request.Body.CopyToAsync(Stream.Null);
            var body =
                context.Request.Path == "/large/1m" ? _largest
                : context.Request.Path.StartsWithSegments("/large", StringComparison.Ordinal) ? _large
                : _small;
            context.Response.ContentType = "text/plain";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body);
        });
        await app.RunAsync();
    }

    public static async Task YarpAsync(int port, int securePort, int backend, X509Certificate2 certificate)
    {
        var app = Build(
            port,
            services =>
                services
                    .AddReverseProxy()
                    .LoadFromMemory(
                        [
                            new RouteConfig
                            {
                                RouteId = "all",
                                ClusterId = "backend",
                                Match = new() { Path = "/{**any}" },
                            },
                        ],
                        [
                            new ClusterConfig
                            {
                                ClusterId = "backend",
                                Destinations = new Dictionary<string, DestinationConfig>
                                {
                                    ["one"] = new() { Address = $"http://127.0.0.1:{backend}" },
                                },
                            },
                        ]
                    ),
            kestrel => kestrel.Listen(IPAddress.Loopback, securePort, listen => listen.UseHttps(certificate))
        );
        app.MapReverseProxy();
        await app.RunAsync();
    }

    private static WebApplication Build(int port, Action<IServiceCollection> services, Action<KestrelServerOptions>? more = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            more?.Invoke(kestrel);
        });
        services(builder.Services);
        return builder.Build();
    }

    // The echo sends masked frames back as they came: no measuring client looks at the mask, and the back end must cost little.
    private static async Task EchoAsync(HttpContext context)
    {
        await using var stream = await SwitchAsync(context);
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer)) > 0)
            await stream.WriteAsync(buffer.AsMemory(0, read));
    }

    private static async Task FanOutAsync(HttpContext context)
    {
        var rate = int.Parse(context.Request.Query["rate"]!);
        var size = int.Parse(context.Request.Query["size"]!);
        byte[] head = size < 126 ? [0x82, (byte)size] : [0x82, 126, (byte)(size >> 8), (byte)size];
        byte[] frame = [.. head, .. new byte[size]];
        await using var stream = await SwitchAsync(context);
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / rate));
        try
        {
            while (await pace.WaitForNextTickAsync(context.RequestAborted))
                await stream.WriteAsync(frame, context.RequestAborted);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // Whoever listened has heard enough.
        }
    }

    private static async Task<Stream> SwitchAsync(HttpContext context)
    {
        var key = context.Request.Headers.SecWebSocketKey.ToString();
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.Connection = "Upgrade";
        context.Response.Headers.SecWebSocketAccept = Convert.ToBase64String(
            System.Security.Cryptography.SHA1.HashData(System.Text.Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
        );
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }
}
