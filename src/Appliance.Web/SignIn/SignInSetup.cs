using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace Appliance.Web.SignIn;

/// <summary>The cookie, the keys it is sealed with, and who may see what.</summary>
internal static class SignInSetup
{
    private static readonly TimeSpan SessionLength = TimeSpan.FromHours(12);

    /// <summary>Registers everything. <paramref name="keys"/> is the folder of the keys, sealed with <paramref name="masterKey"/>; they outlive a restart, or everybody would have to sign in again.</summary>
    public static void AddSignIn(this IServiceCollection services, string keys, byte[] masterKey)
    {
        var folder = Directory.CreateDirectory(keys);
        if (!OperatingSystem.IsWindows())
            folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        services.AddSingleton(new MasterKeyBytes(masterKey));
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(options => options.XmlEncryptor = new SealedKeys(provider.GetRequiredService<MasterKeyBytes>())));
        services.AddDataProtection().SetApplicationName("Appliance").PersistKeysToFileSystem(folder);
        services.AddAuthentication(Session.Scheme).AddCookie(cookie =>
        {
            cookie.Cookie.Name = "appliance_session";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = SessionLength;
            cookie.SlidingExpiration = true;
            cookie.LoginPath = "/sign-in";
            cookie.AccessDeniedPath = "/sign-in";
            cookie.ReturnUrlParameter = "to";
            cookie.Events.OnValidatePrincipal = ValidateAsync;
        });
        services.AddTransient<IClaimsTransformation, BrowserAddress>();
        services.AddAuthorization();
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = "appliance_antiforgery";
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddCascadingAuthenticationState();
        services.AddSingleton<SessionStamps>();
        services.AddSingleton<FirstRun>();
        services.AddScoped<AuthenticationStateProvider, CircuitPerson>();
    }

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var stamps = context.HttpContext.RequestServices.GetRequiredService<SessionStamps>();
        if (context.Principal is { } person && await stamps.IsGoodAsync(person, context.HttpContext.RequestAborted))
            return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(Session.Scheme);
    }
}
