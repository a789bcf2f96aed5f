using System.Text.Json;
using System.Text.Json.Serialization;
using Appliance.Proxy;
using Appliance.Web.Audit;
using Appliance.Web.Connections;
using Appliance.Web.Control;
using Appliance.Web.Frame;
using Appliance.Web.SignIn;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Web.Hosting;

/// <summary>The console's web application: pages, health, and the control socket. The proxy does not need it.</summary>
public static class ConsoleHost
{
    /// <summary>Longest document that the control socket takes.</summary>
    private const long MaxBodyBytes = 64 * 1024 * 1024;

    /// <summary>Builds it; nothing listens yet. Throws <see cref="StartException"/> when the control socket cannot be had.</summary>
    public static WebApplication Build(ApplianceOptions options, Node node, ProxyHost proxy, ControlApi control, ILoggerFactory logs)
    {
        var socket = ControlSocket.Prepare(node.Folder);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // Wherever the process was started from, pages and assets are beside its program.
            ApplicationName = typeof(ConsoleHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.WebHost.UseStaticWebAssets();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(proxy);
        builder.Services.AddSingleton(node.Store);
        builder.Services.AddSingleton(node.Editor);
        builder.Services.AddSingleton(node.Accounts);
        builder.Services.AddSingleton(node.People);
        builder.Services.AddSingleton(node.Sessions);
        builder.Services.AddSingleton(node.Audit);
        builder.Services.AddSingleton<ConnectionControl>();
        builder.Services.AddSingleton<ConnectionsApi>();
        builder.Services.AddSingleton<DrainsApi>();
        builder.Services.AddSingleton<AuditApi>().AddSingleton<AuditExport>().AddScoped<AuditReading>().AddHostedService<AuditRetention>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddPages();
        builder.Services.AddSignIn(options, node.Folder.In("session-keys"), MasterKey.Read(options.KeyFile ?? node.Folder.In("master.key")));

        // A console whose background work faults is a console that is missing; the proxy goes on without it.
        builder.Services.Configure<HostOptions>(host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore);
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase)));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Listen(options.ConsoleBind, options.ConsolePort);
            ControlSocket.Listen(kestrel, socket);
        });
        var app = builder.Build();
        app.Use((context, next) => ConsoleNames.GuardAsync(context, next, options));
        ControlSocket.Map(app, control);
        app.UsePages();
        app.MapAuditExport();
        app.MapGet("/healthz", () => Results.Text("ok\n")).AllowAnonymous();
        app.MapGet("/readyz", () => Readiness(proxy)).AllowAnonymous();
        return app;
    }

    /// <summary>The port it listens on.</summary>
    public static int PortOf(WebApplication app) => app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses
        .Where(address => !address.Contains("unix:", StringComparison.Ordinal)).Select(address => BindingAddress.Parse(address).Port).First();

    // Not ready: what was wanted never ran, or the proxy is emptying, so that a balancer in front sends nobody any more.
    private static IResult Readiness(ProxyHost proxy)
    {
        var report = proxy.Report;
        var stopping = proxy.Stopping.IsCancellationRequested;
        var ready = !stopping && (report.RunningRevision != 0 || report.WantedRevision == 0);
        var answer = new Readiness(ready, report.RunningRevision, report.WantedRevision, stopping ? "The proxy is stopping." : report.Refusal, report.Problems.Count);
        return Results.Json(answer, statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
