using System.Net.Security;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization;
using Appliance.Proxy;
using Appliance.Web.About;
using Appliance.Web.Api;
using Appliance.Web.Audit;
using Appliance.Web.Certificates;
using Appliance.Web.Certificates.Acme;
using Appliance.Web.Control;
using Appliance.Web.Frame;
using Appliance.Web.History;
using Appliance.Web.Live;
using Appliance.Web.Logs;
using Appliance.Web.Metrics;
using Appliance.Web.Notices;
using Appliance.Web.Requests;
using Appliance.Web.SignIn;
using Appliance.Web.SignIn.Oidc;
using Appliance.Web.Sockets;
using Appliance.Web.Startup;
using Appliance.Web.Support;
using Appliance.Web.Trends;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Appliance.Web.Hosting;

/// <summary>The console's web application: pages, health, and the control socket. The proxy does not need it.</summary>
public static class ConsoleHost
{
    /// <summary>Longest document that the control socket takes.</summary>
    private const long MaxDocumentBytes = 64 * 1024 * 1024;

    /// <summary>Longest body of a form; what people edit goes through circuits, which have a limit of their own.</summary>
    private const long MaxFormBytes = 256 * 1024;

    private static readonly string[] _getOrHead = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Builds it; nothing listens yet. Throws <see cref="StartException"/> when the control socket cannot be had.</summary>
    public static WebApplication Build(
        ApplianceOptions options,
        Node node,
        ProxyHost proxy,
        LogControl log,
        ILoggerFactory logs,
        CollectorState? collector = null
    )
    {
        var editor = node.EditorBeside(proxy);
        var socket = ControlSocket.Prepare(node.Folder);
        var certificate = options is { ConsoleCertificate: { } file, ConsoleKey: { } key }
            ? new ConsoleCertificate(file, key, TimeProvider.System, logs.CreateLogger<ConsoleCertificate>())
            : null;

        // An empty builder, as for the proxy: no settings file of the working directory is read, and no folder is watched.
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions
            {
                // Wherever the process was started from, pages and assets are beside its program.
                ApplicationName = typeof(ConsoleHost).Assembly.GetName().Name,
                ContentRootPath = AppContext.BaseDirectory,
                EnvironmentName = Environments.Production,
            }
        );
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.UseStaticWebAssets();

        // What was built is served as built, compressed and for good, also by "dotnet run". Otherwise the framework reads each file again
        // to notice an edit, sends it uncompressed, and browsers keep nothing.
        builder.Configuration["ReloadStaticAssetsAtRuntime"] = "false";
        builder.Services.AddRouting();
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton(log);
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.AddSingleton(proxy);
        builder.Services.AddSingleton(ConsoleFaces.Known);
        builder.Services.AddSingleton(node.Store);
        builder.Services.AddSingleton(editor);
        builder.Services.AddSingleton(node.Accounts);
        builder.Services.AddSingleton(node.People);
        builder.Services.AddSingleton(node.Sessions);
        builder.Services.AddSingleton(node.Tokens);
        builder.Services.AddSingleton(node.Changes);
        builder.Services.AddSingleton(node.Audit);
        builder.Services.AddSingleton(node.Certificates);
        builder.Services.AddSingleton(node.Notices.Told);
        builder.Services.AddSingleton(node.Notices.Channels);
        builder.Services.AddSingleton<ConnectionControl>();
        builder.Services.AddSingleton<ConnectionsApi>();
        builder.Services.AddSingleton<DrainsApi>();
        builder.Services.AddSingleton<CertificatesApi>();
        builder.Services.AddSingleton<SessionsApi>();
        builder.Services.AddSingleton<TokensApi>();
        builder.Services.AddSingleton(node.Restore(editor, proxy));
        builder.Services.AddSingleton<AuditApi>();
        builder.Services.AddAudit(options.AuditKept);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddAcme(options.Lego, proxy, node.Folder.In("acme"));
        builder.Services.AddNotices(node.Folder.Path, options.ConsolePort);
        builder.Services.AddTrends(proxy, node.Folder.In("figures.db"));
        builder.Services.AddPages();
        builder.Services.AddApi();
        builder.Services.AddSignIn(
            options.SignIn,
            node.Folder.In("session-keys"),
            MasterKey.Read(options.KeyFile ?? node.Folder.In("master.key")),
            typeof(App)
        );
        builder.Services.AddOidc(options.Oidc);
        WebApplication? built = null;
        builder.Services.AddSingleton(
            new ProcessPlaces(node.Folder.Path, node.Folder.Database, options.Lines, () =>
                ConsolePorts.Shown(options, proxy, built!) // pages ask when it listens
            )
            {
                Collector = collector,
            }
        );
        builder.Services.AddSingleton<SupportBundle>();
        builder.Services.AddSingleton<MetricsReader>();
        builder.Services.AddSingleton(new MetricsAccess(options.Telemetry.MetricsToken));
        builder.Services.AddSingleton<MetricsEndpoint>();

        // A console whose background work faults is a console that is missing; the proxy goes on without it.
        builder.Services.Configure<HostOptions>(host =>
            host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore
        );
        builder.Services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase))
        );
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxFormBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            kestrel.Listen(options.ConsoleBind, options.ConsolePort);
            if (options.ConsoleHttpsPort is { } port)
            {
                // Without files of its own, what the proxy has: a certificate that is added or renewed in the console serves the console,
                // too.
                kestrel.Listen(options.ConsoleBind, port, listen =>
                    listen.UseHttps(
                        new TlsHandshakeCallbackOptions
                        {
                            OnConnection = context =>
                                ValueTask.FromResult(
                                    Tls(certificate?.Current ?? proxy.Certificates.ContextFor(context.ClientHelloInfo.ServerName))
                                ),
                        }
                    )
                );
            }

            ControlSocket.Listen(kestrel, socket);
            if (options.Telemetry is { MetricsPort: { } own, MetricsBind: var bind })
                kestrel.Listen(bind, own, listen => listen.Use(MetricsEndpoint.MarkOwnPort));
        });
        builder.Services.Configure<ForwardedHeadersOptions>(headers =>
        {
            headers.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
            headers.ForwardLimit = null;
            headers.KnownProxies.Clear();
            headers.KnownIPNetworks.Clear();
            foreach (var network in options.TrustedProxies)
                headers.KnownIPNetworks.Add(network);
        });
        var app = built = builder.Build();

        app.Use(app.Services.GetRequiredService<MetricsEndpoint>().GuardAsync);
        app.Use(HeadRequests.GuardAsync);
        app.UseRouting();

        // The same proxies as for the proxied traffic; nobody else's word about an address counts, or guessing would have no limit.
        if (!options.TrustedProxies.IsEmpty)
            app.UseForwardedHeaders();
        app.Use(OwnRedirects.ShortenAsync);
        app.Use((context, next) => ConsoleNames.GuardAsync(context, next, options));
        app.Use(
            (context, next) =>
                ConsoleScheme.GuardAsync(context, next, options, () =>
                    options.ConsoleHttpsPort is null ? null : Listeners.PortOf(app, "https")
                )
        );
        app.Use(
            (context, next) =>
            {
                if (ControlSocket.IsCaller(context) && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
                    size.MaxRequestBodySize = MaxDocumentBytes;
                return next(context);
            }
        );
        app.Use(StoreAway.GuardAsync);
        app.Use(UnreadableForms.GuardAsync);
        ControlSocket.Map(app, new(node.Store, editor, node.Accounts, proxy));
        app.MapApi();
        app.UsePages();
        app.MapAuditExport();
        app.MapSupportBundle();
        app.MapRevisions();
        app.MapCertificateChains();
        app.MapMethods("/healthz", _getOrHead, () => Results.Text("ok\n")).AllowAnonymous();
        app.MapMethods("/readyz", _getOrHead, (CancellationToken cancellationToken) => ReadinessAsync(app.Services, cancellationToken))
            .AllowAnonymous();
        return app;
    }

    private static SslServerAuthenticationOptions Tls(SslStreamCertificateContext certificate) =>
        new() { ServerCertificateContext = certificate, EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 };

    // Not ready: what was wanted never ran, a port does not answer, or the proxy is emptying, so that a balancer in front sends nobody any
    // more.
    private static async Task<IResult> ReadinessAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var proxy = services.GetRequiredService<ProxyHost>();
        var report = proxy.Report;
        var stopping = proxy.Stopping.IsCancellationRequested;
        var runs = report.RunningRevision != 0 || report.WantedRevision == 0;
        var deaf = stopping || !runs ? null : await proxy.FindDeafPortAsync(cancellationToken);
        var ready = !stopping && runs && deaf is null;
        var store = services.GetRequiredService<ConsoleFeed>().Current.StoreProblem;
        var warnings = string.Join(' ', new[] { proxy.Shortage, store }.OfType<string>());
        var answer = new Readiness(
            ready,
            report.RunningRevision,
            report.WantedRevision,
            stopping ? "The proxy is stopping." : deaf ?? report.Refusal,
            report.Problems.Count
        )
        {
            Warning = warnings.Length > 0 ? warnings : null,
        };
        return Results.Json(answer, statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
