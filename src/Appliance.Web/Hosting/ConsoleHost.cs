using Microsoft.AspNetCore.Http.Features;
using Appliance.Data;
using Appliance.Proxy;
using Appliance.Web.Control;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Appliance.Web.Hosting;

/// <summary>The console's web application: health, and the control socket. The proxy does not need it.</summary>
public static class ConsoleHost
{
    /// <summary>Longest document that the control socket takes, in bytes.</summary>
    private const long MaxBodyBytes = 64 * 1024 * 1024;

    /// <summary>Builds it; nothing listens yet.</summary>
    public static WebApplication Build(ApplianceOptions options, DataFolder folder, ProxyHost proxy, ControlApi control, ILoggerFactory logs)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.Converters.Add(
            new System.Text.Json.Serialization.JsonStringEnumConverter(System.Text.Json.JsonNamingPolicy.CamelCase)));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Listen(options.ConsoleBind, options.ConsolePort);
            ControlSocket.Listen(kestrel, folder);
        });
        var app = builder.Build();
        app.Use(async (context, next) =>
        {
            // A page of a stranger's site must not reach a console on this machine by a name of its own (DNS rebinding).
            if (context.Connection.LocalIpAddress is not null && !IsOurs(context.Request.Host.Host, options))
            {
                context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
                await context.Response.WriteAsync("This is the console of Appliance. It answers under localhost, its own address and APPLIANCE_PUBLIC_URL.\n");
                return;
            }

            await next(context);
        });
        app.MapGet("/healthz", () => Results.Text("ok\n"));
        app.MapGet("/readyz", () =>
        {
            var report = proxy.Report;
            return Results.Json(
                new { ready = true, runningRevision = report.RunningRevision, wantedRevision = report.WantedRevision, refusal = report.Refusal, leftOut = report.Problems.Count },
                statusCode: StatusCodes.Status200OK);
        });
        ControlSocket.Map(app, control);
        return app;
    }

    /// <summary>The port it listens on.</summary>
    public static int PortOf(WebApplication app) => app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses
        .Where(address => !address.Contains("unix:", StringComparison.Ordinal)).Select(address => new Uri(address.Replace("[::]", "localhost", StringComparison.Ordinal)).Port).First();

    private static bool IsOurs(string host, ApplianceOptions options) =>
        host is "localhost" or "127.0.0.1" or "[::1]" || host == options.ConsoleBind.ToString()
        || host.Equals(options.PublicUrl?.Host, StringComparison.OrdinalIgnoreCase)
        || System.Net.IPAddress.TryParse(host, out _);

    private sealed class SilentLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
