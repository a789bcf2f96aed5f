using Appliance.Web.Bulk;
using Appliance.Web.Certificates;
using Appliance.Web.Connections;
using Appliance.Web.Controls;
using Appliance.Web.Deeds;
using Appliance.Web.Editing;
using Appliance.Web.Forms;
using Appliance.Web.Live;
using Appliance.Web.Logs;
using Appliance.Web.People;
using Appliance.Web.RequestPages;
using Appliance.Web.Requests;
using Appliance.Web.SignIn;
using Appliance.Web.SignIn.Oidc;
using Appliance.Web.Sockets;
using Appliance.Web.Troubles;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.SignalR;
using MudBlazor.Services;

namespace Appliance.Web.Frame;

/// <summary>The pages: what they need, and where they hang.</summary>
internal static class ConsoleSetup
{
    /// <summary>Longest message of a browser: a fixed response body of 64 KiB fits, with room.</summary>
    private const int MaxMessageBytes = 512 * 1024;

    /// <summary>How many pages that lost their connection are kept as they are; of those before, how they can be made again.</summary>
    private const int MostLost = 50;

    /// <summary>How long a page that lost its connection can come back to what it was.</summary>
    public static readonly TimeSpan KeptAfterLoss = TimeSpan.FromMinutes(3);

    public static void AddPages(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services
            .AddRazorComponents()
            .AddInteractiveServerComponents(circuits =>
            {
                circuits.DisconnectedCircuitRetentionPeriod = KeptAfterLoss;
                circuits.DisconnectedCircuitMaxRetained = MostLost;

                // What a page was is put away for as long again, while its ticket (OpenPages) still stands; the framework's own choice is
                // 1,000 of them for two hours.
                circuits.PersistedCircuitInMemoryRetentionPeriod = KeptAfterLoss;
                circuits.PersistedCircuitInMemoryMaxRetained = MostLost;
                circuits.MaxBufferedUnacknowledgedRenderBatches = 10;
            })
            .AddHubOptions(hub =>
            {
                hub.MaximumReceiveMessageSize = MaxMessageBytes;
                hub.MaximumParallelInvocationsPerClient = 1;
                hub.AddFilter<PageDoor>();
            });
        services.AddSingleton<CircuitLimit>();
        services.AddSingleton<OpenPages>();
        services.AddSingleton<PageDoor>();
        services.AddHostedService<PageWatch>();
        services.AddScoped<CircuitHandler, WatchedCircuit>();
        services.AddSingleton<ConsoleFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<ConsoleFeed>());
        services.AddHostedService<StoreWatch>();
        services.AddScoped<TabState>();
        services.AddScoped<ToastBoard>();
        services.AddScoped<PageDeeds>();
        services.AddScoped<IDraftKeeper, DraftKeeper>();
        services.AddScoped<ConfigForms>();
        services.AddScoped<ConfigDeeds>();
        services.AddScoped<BulkDeeds>();
        services.AddScoped<DrainDeeds>();
        services.AddMudServices();
        services.AddScoped<Questions>();
        services.AddScoped<DiscardOffer>();
        services.AddScoped<CloseDeeds>();
        services.AddScoped<InspectorDeeds>();
        services.AddScoped<HeaderDeeds>();
        services.AddScoped<RollbackDeeds>();
        services.AddScoped<CertificateDeeds>();
        services.AddScoped<LogDeeds>();
        services.AddSingleton(new Panel(PanelPlace.Dashboard, typeof(CertificateTroubles)));
        services.AddSingleton<ITroubleSource, CertificateTroubleSource>();
        services.AddSingleton(new Panel(PanelPlace.Route, typeof(RouteTls)));
        services.AddSingleton(new Panel(PanelPlace.Route, typeof(RequestsOfRoute)));
        services.AddSingleton(new Panel(PanelPlace.Route, typeof(RefusedOfRoute)));
        services.AddScoped<PeopleDeeds>();
        services.AddScoped<TokenDeeds>();
    }

    /// <summary>The order matters: headers on everything, then who asks, then what for.</summary>
    public static void UsePages(this WebApplication app)
    {
        app.Use(SecurityHeaders.AddAsync);
        app.Use(StaleForm.GuardAsync);
        app.UseAuthentication();
        app.Use(app.Services.GetRequiredService<FirstRun>().GuardAsync);
        app.Use(app.Services.GetRequiredService<CircuitLimit>().GuardAsync);
        app.UseAuthorization();
        app.UseAntiforgery();
        var assets = Path.Combine(AppContext.BaseDirectory, "Appliance.Web.staticwebassets.endpoints.json");
        app.MapStaticAssets(assets).AllowAnonymous();
        app.MapPost("/sign-out", SignOut.AnswerAsync).AllowAnonymous();
        app.MapOidc();

        // People get a page. Not by a catch-all page: the router in the browser would take it for sign-in and account, which are full
        // loads.
        app.MapFallback("{*path}", context =>
            {
                var asksForPage =
                    HttpMethods.IsGet(context.Request.Method)
                    && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);
                IResult answer =
                    !asksForPage ? Results.NotFound()
                    : context.User.Identity?.IsAuthenticated == true
                        ? new RazorComponentResult<App> { StatusCode = StatusCodes.Status404NotFound }
                    : Results.Challenge();
                return answer.ExecuteAsync(context);
            })
            .AllowAnonymous();
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(server => server.ContentSecurityFrameAncestorsPolicy = null)
            .RequireAuthorization();
    }
}
