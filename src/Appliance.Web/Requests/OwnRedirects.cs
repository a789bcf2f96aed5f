namespace Appliance.Web.Requests;

/// <summary>
/// Redirects within the console are paths. The frameworks write them with the name that the request came under, and a proxy in front of the
/// console may have put an inner name there, or dropped the port: the browser could not follow.
/// </summary>
internal static class OwnRedirects
{
    public static Task ShortenAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(
            static state =>
            {
                var inside = (HttpContext)state;
                if (inside.Response.Headers.Location is [{ } location] && PathOf(location, inside.Request) is { } path)
                    inside.Response.Headers.Location = path;
                return Task.CompletedTask;
            },
            context
        );
        return next(context);
    }

    /// <summary>What stands behind scheme and host, when both are those of the request; else null.</summary>
    public static string? PathOf(string location, HttpRequest request)
    {
        var origin = $"{request.Scheme}://{request.Host}";
        return
            location.StartsWith(origin, StringComparison.OrdinalIgnoreCase)
            && location.Length > origin.Length
            && location[origin.Length] == '/'
            && !location.AsSpan(origin.Length).StartsWith("//")
            ? location[origin.Length..]
            : null;
    }
}
