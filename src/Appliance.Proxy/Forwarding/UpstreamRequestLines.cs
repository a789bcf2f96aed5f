using System.Net;
using Appliance.Proxy.Headers;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The outgoing request of YARP's forwarder as a target for header rules. HttpClient keeps Host and the content's headers in places of
/// their own.
/// </summary>
internal readonly struct UpstreamRequestLines(HttpRequestMessage request) : IHeaderLines
{
    // YARP refuses a request whose content was set by anybody else; it is set when YARP has looked (PoolConnections).
    private static readonly HttpRequestOptionsKey<HttpContent> _bare = new("appliance.bare-content");

    private HttpContent? Content => request.Content ?? BareOf(request);

    /// <summary>What carries headers of content for a request that has none; null when there are no such headers.</summary>
    public static HttpContent? BareOf(HttpRequestMessage request) => request.Options.TryGetValue(_bare, out var bare) ? bare : null;

    public void Set(string name, string value)
    {
        if (name.Equals("Host", StringComparison.OrdinalIgnoreCase))
        {
            request.Headers.Host = value;
            return;
        }

        Remove(name);
        Append(name, value);
    }

    public void Append(string name, string value)
    {
        if (name.Equals("Host", StringComparison.OrdinalIgnoreCase))
            request.Headers.Host = value;
        else if (!request.Headers.TryAddWithoutValidation(name, value))
            (Content ?? NewBare()).Headers.TryAddWithoutValidation(name, value);
    }

    // Remove throws for content headers asked of the request's collection and the other way round; NonValidated tells where a name stands.
    public void Remove(string name)
    {
        if (request.Headers.NonValidated.Contains(name))
            request.Headers.Remove(name);
        else if (Content is { } content && content.Headers.NonValidated.Contains(name))
            content.Headers.Remove(name);
    }

    private NoContent NewBare()
    {
        var bare = new NoContent();
        request.Options.Set(_bare, bare);
        return bare;
    }

    // HttpClient sends headers of content (Content-Type, Expires, Content-Language) with content alone, if only with none of it.
    private sealed class NoContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return true;
        }
    }
}
