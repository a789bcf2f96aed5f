using System.Net;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;

namespace Appliance.Testing;

/// <summary>Facts about a request that nobody sent.</summary>
public static class FactsFor
{
    /// <summary>A GET of that target.</summary>
    public static RequestFacts Get(
        string target,
        string host = "example.com",
        string method = "GET",
        CompiledHeaderMaps? maps = null,
        params (string Name, string Value)[] headers
    )
    {
        var dictionary = new HeaderDictionary { ["Host"] = host };
        foreach (var (name, value) in headers)
            dictionary.Append(name, value);
        return new()
        {
            Method = method,
            RawTarget = target,
            Path = RequestPath.TryParse(target) ?? throw new ArgumentException(target),
            Protocol = "HTTP/1.1",
            Scheme = "http",
            Headers = dictionary,
            Host = host,
            ClientAddress = IPAddress.Parse("192.0.2.9"),
            PeerAddress = IPAddress.Parse("192.0.2.9"),
            PeerPort = 1234,
            ServerPort = 80,
            Maps = maps ?? CompiledHeaderMaps.Empty,
        };
    }
}
