using System.Collections.Immutable;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>Registers the providers' schemes, and the addresses beside their callbacks.</summary>
internal static class OidcSetup
{
    /// <summary>One scheme a provider. <paramref name="providers"/> may be empty.</summary>
    public static void AddOidc(this IServiceCollection services, ImmutableArray<OidcProviderSettings> providers)
    {
        services.AddSingleton<OidcProviders>();
        services.AddSingleton<OidcSignIn>();
        services.AddSingleton<BackChannelLogout>();
        services.AddSingleton<ProviderSignOut>();
        services.AddSingleton<FreshSignIn>();
        services.AddSingleton<TrialRuns>();
        services.AddSingleton<RefusedPeople>();
        services.AddSingleton<SignedOutMark>();
        services.AddSingleton<RefreshableSessions>();
        services.AddSingleton<RoleRefresh>();
        services.AddHostedService(all => all.GetRequiredService<RoleRefresh>());
        services.AddHostedService<ProviderGreeting>();
        services.AddSingleton<SeenTokens>();
        services.AddSingleton<RefusalLimit>();
        services.AddSingleton<IConfigureOptions<OpenIdConnectOptions>, OidcScheme>();
        var authentication = services.AddAuthentication();
        foreach (var provider in providers)
            authentication.AddOpenIdConnect(provider.Scheme, provider.Name, _ => { });
    }

    /// <summary>Where sign-ins and trials begin, and where providers end sessions.</summary>
    public static void MapOidc(this WebApplication app)
    {
        var providers = app.Services.GetRequiredService<OidcProviders>();
        var settings = app.Services.GetRequiredService<SignInSettings>();
        foreach (var provider in providers.All)
        {
            var start = $"/sign-in/oidc/{provider.Settings.Number}";
            app.MapGet(start, context =>
                    AtPublicName(context, settings) is { } elsewhere
                        ? ToAsync(context, elsewhere)
                        : BeginAsync(context, provider, UsualRequest(context, provider))
                )
                .AllowAnonymous();
            app.MapGet(start + "/leave", context => LeaveAsync(context, provider)).AllowAnonymous();
            app.MapGet(start + "/again", context => BeginAsync(context, provider, FreshSignIn.Request(context))).RequireAuthorization();
            app.MapGet(start + "/try", context => TryAsync(context, provider)).RequireAuthorization(May.Administer);
            app.MapPost(provider.Settings.BackChannelPath, context =>
                    context.RequestServices.GetRequiredService<BackChannelLogout>().AnswerAsync(context, provider)
                )
                .AllowAnonymous()
                .DisableAntiforgery();
            app.MapGet(provider.Settings.AfterLogoutPath, context =>
                    ToAsync(context, context.RequestServices.GetRequiredService<ProviderSignOut>().Back(context, provider.Settings.Number))
                )
                .AllowAnonymous();
        }
    }

    private static async Task BeginAsync(HttpContext context, OidcProvider provider, AuthenticationProperties properties)
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await provider.Metadata.ReachAsync(context.RequestAborted);
            await context.ChallengeAsync(provider.Settings.Scheme, properties);
        }
        catch (OidcRefusedException exception)
        {
            await context
                .RequestServices.GetRequiredService<OidcSignIn>()
                .RefuseAsync(context, provider, properties, exception.Fault, "unknown");
        }
    }

    private static AuthenticationProperties UsualRequest(HttpContext context, OidcProvider provider)
    {
        var to = Session.LocalPath(context.Request.Query["to"]);
        return context.Request.Query.ContainsKey("another") ? SignInRequest.Another(to, provider.Metadata.PromptForAnother)
            : context.RequestServices.GetRequiredService<SignedOutMark>().IsSet(context, provider.Settings.Number)
                ? SignInRequest.AfterSignOut(to)
            : SignInRequest.Usual(to);
    }

    // For somebody who has no session here, but one at the provider that is in the way.
    private static async Task LeaveAsync(HttpContext context, OidcProvider provider)
    {
        var person = context.RequestServices.GetRequiredService<RefusedPeople>().Find(context.Request.Query["who"]);
        var hint = person?.Provider == provider.Settings.Number ? person.IdToken : null;
        context.Response.Headers.CacheControl = "no-store";
        var to = Session.LocalPath(context.Request.Query["to"]);
        await ToAsync(
            context,
            await context.RequestServices.GetRequiredService<ProviderSignOut>().NextAsync(context, provider.Settings.Number, hint, to)
        );
    }

    private static async Task TryAsync(HttpContext context, OidcProvider provider)
    {
        var id = context
            .RequestServices.GetRequiredService<TrialRuns>()
            .Begin(Session.AccountOf(context.User) ?? 0, provider.Settings.Number);
        await BeginAsync(context, provider, SignInRequest.Trial(id, OidcSignIn.TrialPage));
    }

    // The provider sends people back to the public name; the cookie that they must bring along has to be set there. Once only: whoever
    // rewrites Host in front of us would be sent round in circles. Cookies are of a host, whatever its port: one that a proxy has dropped
    // does not matter.
    private static string? AtPublicName(HttpContext context, SignInSettings settings) =>
        settings.PublicUrl is { } home
        && !context.Request.Host.Host.Equals(home.IdnHost, StringComparison.OrdinalIgnoreCase)
        && !context.Request.Query.ContainsKey("here")
            ? $"{home.GetLeftPart(UriPartial.Authority)}{context.Request.Path}{context.Request.QueryString.Add("here", "1")}"
            : null;

    private static Task ToAsync(HttpContext context, string target)
    {
        context.Response.Redirect(target);
        return Task.CompletedTask;
    }
}
