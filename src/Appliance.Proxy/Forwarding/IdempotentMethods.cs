using System.Collections.Frozen;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The methods of which two are as good as one (RFC 9110, 9.2.2), as their registry at IANA has them: those of HTTP, of WebDAV and its
/// relatives. What it does not know may do anything.
/// </summary>
internal static class IdempotentMethods
{
    private static readonly FrozenSet<string> _all = new[]
    {
        "ACL",
        "BASELINE-CONTROL",
        "BIND",
        "CHECKIN",
        "CHECKOUT",
        "COPY",
        "DELETE",
        "GET",
        "HEAD",
        "LABEL",
        "LINK",
        "MERGE",
        "MKACTIVITY",
        "MKCALENDAR",
        "MKCOL",
        "MKREDIRECTREF",
        "MKWORKSPACE",
        "MOVE",
        "OPTIONS",
        "ORDERPATCH",
        "PROPFIND",
        "PROPPATCH",
        "PUT",
        "QUERY",
        "REBIND",
        "REPORT",
        "SEARCH",
        "TRACE",
        "UNBIND",
        "UNCHECKOUT",
        "UNLINK",
        "UNLOCK",
        "UPDATE",
        "UPDATEREDIRECTREF",
        "VERSION-CONTROL",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True when a request that a server may have read can be sent to another one. Methods have case.</summary>
    public static bool Contains(string method) => _all.Contains(method);
}
