namespace Appliance.Web.Requests;

/// <summary>
/// Answers HEAD as GET without the body (RFC 9110, 9.3.2), for pages, files and everything else that is read: monitors and proxies ask this
/// way. The HTTP server itself keeps the body back, because it has seen HEAD.
/// </summary>
internal static class HeadRequests
{
    private static readonly object _mark = new();

    /// <summary>To be called before the routing, which would find nothing for HEAD.</summary>
    public static Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Items[_mark] = _mark;
            context.Request.Method = HttpMethods.Get;
        }

        return next(context);
    }

    /// <summary>True when nobody will read the body: whatever costs much to write, or is noted because it leaves, is not written.</summary>
    public static bool Is(HttpContext context) => context.Items.ContainsKey(_mark);
}
