using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Edge;

/// <summary>
/// Requests whose length two servers could read differently, and codings that we would lose on the way. The server under us is more lenient than a proxy may be.
/// </summary>
internal static class MessageFraming
{
    // What the server under us makes of a Content-Length beside a Transfer-Encoding.
    private const string SetAside = "X-Content-Length";

    /// <summary>The status and sentence to answer with, or null when the framing is sound (RFC 9112, 6.1 and 6.3; nginx refuses the same).</summary>
    public static (int Status, string Sentence)? Fault(IHeaderDictionary headers)
    {
        var coding = headers.TransferEncoding;
        if (coding.Count == 0)
            return null;
        if (headers.ContainsKey(SetAside))
            return (StatusCodes.Status400BadRequest, "A request has a Content-Length or a Transfer-Encoding, not both.");
        return coding.Count == 1 && coding[0]!.Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase) // counted
            ? null
            : (StatusCodes.Status501NotImplemented, "The only transfer coding that is understood here is chunked.");
    }
}
