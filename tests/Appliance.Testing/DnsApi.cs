using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Appliance.Testing;

/// <summary>
/// A provider of DNS as lego's "HTTP request" knows it, which writes its records into the DNS of <see cref="PebbleAuthority"/>.
/// </summary>
public sealed class DnsApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _records = new();

    private DnsApi(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public string Address => _app.Urls.First();

    /// <summary>The names of the records that were written.</summary>
    public IReadOnlyList<string> Records => [.. _records];

    /// <summary>Starts one that takes this password alone.</summary>
    public static async Task<DnsApi> StartAsync(PebbleAuthority pebble, string password)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var api = new DnsApi(app);
        app.Run(async context =>
        {
            var shown = Encoding
                .UTF8.GetString(Convert.FromBase64String(context.Request.Headers.Authorization.ToString()["Basic ".Length..]))
                .Split(':', 2)[1];
            if (shown != password)
            {
                // As careless ones do.
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                await context.Response.WriteAsync($"{shown} is not the password");
                return;
            }

            using var body = await JsonDocument.ParseAsync(context.Request.Body);
            var name = body.RootElement.GetProperty("fqdn").GetString()!;
            if (context.Request.Path == "/present")
            {
                api._records.Enqueue(name);
                await pebble.SetTxtAsync(name, body.RootElement.GetProperty("value").GetString()!);
            }
            else
            {
                await pebble.ClearTxtAsync(name);
            }
        });
        await app.StartAsync();
        return api;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
