using Appliance.Web.SignIn.Oidc;

namespace Appliance.Web.Frame;

/// <summary>
/// What browsers must not do with the console's pages. Inline scripts are never allowed; style attributes place popovers, style elements
/// are not allowed.
/// </summary>
internal static class SecurityHeaders
{
    private const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src "
        + "'self'; connect-src 'self'; "
        + "frame-ancestors 'none'; base-uri 'self'; object-src 'none'; form-action 'self'";

    public static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy + context.RequestServices.GetRequiredService<OidcProviders>().FormTargets;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XFrameOptions = "DENY";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";

        // At the end, and only where nobody said anything: files of ours are kept by browsers, and forms say it themselves.
        context.Response.OnStarting(
            static response =>
            {
                var own = ((HttpResponse)response).Headers;
                if (own.CacheControl.Count == 0)
                    own.CacheControl = "no-store";
                return Task.CompletedTask;
            },
            context.Response
        );
        if (context.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
        return next(context);
    }
}
