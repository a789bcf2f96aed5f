using Microsoft.AspNetCore.Authentication.Cookies;

namespace Appliance.Web.SignIn;

/// <summary>
/// On HTTPS the session cookie is called <c>__Host-...</c>: browsers then take it from this host, over TLS, for every path only (RFC
/// 6265bis, 4.1.3.2). On plain http they would not take it at all, so there it has its plain name, and neither is ever read for the other.
/// </summary>
internal sealed class SchemeCookies : ICookieManager
{
    private readonly ChunkingCookieManager _inner = new();

    public string? GetRequestCookie(HttpContext context, string key) => _inner.GetRequestCookie(context, Name(context, key));

    public void AppendResponseCookie(HttpContext context, string key, string? value, CookieOptions options) =>
        _inner.AppendResponseCookie(context, Name(context, key), value, options);

    public void DeleteCookie(HttpContext context, string key, CookieOptions options) =>
        _inner.DeleteCookie(context, Name(context, key), options);

    private static string Name(HttpContext context, string key) => context.Request.IsHttps ? "__Host-" + key : key;
}
