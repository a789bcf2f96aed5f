using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Appliance.Web.SignIn;

/// <summary>The cookie, the keys it is sealed with, and who may see what.</summary>
internal static class SignInSetup
{
    /// <summary>
    /// Registers everything. <paramref name="keys"/> is the folder of the keys, sealed with <paramref name="masterKey"/>; they outlive a
    /// restart, or everybody would have to sign in again. <paramref name="frame"/> is the component around all pages: in it, the router
    /// tells people what they may not see.
    /// </summary>
    public static void AddSignIn(this IServiceCollection services, SignInSettings settings, string keys, byte[] masterKey, Type frame)
    {
        var folder = Directory.CreateDirectory(keys);
        if (!OperatingSystem.IsWindows())
            folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        services.AddSingleton(settings);
        services.AddSingleton(new MasterKeyBytes(masterKey));
        var names = new CookieNames(masterKey);
        services.AddSingleton(names);
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider => new ConfigureOptions<KeyManagementOptions>(options =>
            (options.XmlRepository, options.XmlEncryptor) = (
                new KeyFolder(keys),
                new SealedKeys(provider.GetRequiredService<MasterKeyBytes>())
            )
        ));
        services.AddDataProtection().SetApplicationName("Appliance");
        services
            .AddAuthentication(Session.Scheme)
            .AddCookie(cookie =>
            {
                cookie.Cookie.Name = names.Session;
                cookie.Cookie.HttpOnly = true;
                cookie.Cookie.SameSite = SameSiteMode.Lax;
                cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                cookie.Cookie.Path = "/";
                cookie.CookieManager = new SchemeCookies();

                // The row in the database ends it earlier.
                cookie.ExpireTimeSpan = settings.LongestSession;
                cookie.SlidingExpiration = false;
                cookie.LoginPath = "/sign-in";
                cookie.ReturnUrlParameter = "to";
                cookie.Events.OnValidatePrincipal = ValidateAsync;
                cookie.Events.OnRedirectToLogin = SendToSignIn;

                // The page that signs in says where to go: the framework would put the parameter into a header as it came.
                cookie.Events.OnRedirectToReturnUrl = _ => Task.CompletedTask;
                cookie.Events.OnRedirectToAccessDenied = context => ExplainAsync(context.HttpContext, frame);
            });
        services.AddTransient<IClaimsTransformation, BrowserAddress>();
        services.AddAuthorization(May.AddPolicies);
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = names.Antiforgery;
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddCascadingAuthenticationState();
        services.AddSingleton<LiveSessions>();
        services.AddSingleton<SecondFactors>();
        services.AddSingleton<OwnPassword>();
        services.AddSingleton<SecondFactorSetup>();
        services.AddSingleton<RefusedViews>();
        services.AddSingleton<SignInProof>();
        services.AddSingleton<AddressLimiter>();
        services.AddSingleton<NameLimiter>();
        services.AddSingleton<DeviceCookies>();
        services.AddSingleton<LockedOut>();
        services.AddSingleton<SignInGate>();
        services.AddScoped<CurrentActor>();
        services.AddSingleton<FirstRun>();
        services.AddScoped<AuthenticationStateProvider, CircuitPerson>();
    }

    // The cookie says who it was; the database says whether the session holds, and what the person may do now.
    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var sessions = context.HttpContext.RequestServices.GetRequiredService<LiveSessions>();
        if (context.Principal is { } person && await sessions.AccountOfAsync(person, context.HttpContext.RequestAborted) is { } account)
        {
            if (!Session.IsOf(person, account))
                context.ReplacePrincipal(Session.Of(account, Session.IdOf(person)!)); // it has a session: an account was found by it
            return;
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(Session.Scheme);
    }

    // A page's connection gets a status: its browser knows by it that the session has ended, and loads the page.
    private static Task SendToSignIn(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (context.Request.Path.StartsWithSegments("/_blazor"))
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        else
            context.Response.Redirect(context.RedirectUri);
        return Task.CompletedTask;
    }

    // A page in its frame for people, in which the router says what is missing; a status for programs.
    private static async Task ExplainAsync(HttpContext context, Type frame)
    {
        var refused = context.RequestServices.GetRequiredService<RefusedViews>();
        if (context.GetEndpoint()?.Metadata.GetMetadata<RefusedAction>() is { } other)
            await refused.NoteAsync(context.User, context.Request.Path, other.Action);
        else
            await refused.NoteAsync(context.User, context.Request.Path);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        if (context.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null)
            await new RazorComponentResult(frame) { StatusCode = StatusCodes.Status403Forbidden }.ExecuteAsync(context);
    }
}
