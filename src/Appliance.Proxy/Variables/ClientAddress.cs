using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Variables;

/// <summary>
/// Who the client is when trusted proxies stand in front (ngx_http_realip_module with <c>real_ip_recursive on</c>): the last address in
/// X-Forwarded-For that is not itself a trusted proxy.
/// </summary>
public sealed class ClientAddress(ImmutableArray<IPNetwork> trusted)
{
    /// <summary>True when this peer's X-Forwarded-* are believed.</summary>
    public bool IsTrusted(IPAddress? peer)
    {
        if (peer is null || trusted.IsDefaultOrEmpty)
            return false;
        foreach (var network in trusted)
        {
            if (network.Contains(peer))
                return true;
        }

        return false;
    }

    /// <summary>The client's address. An entry that is not an address ends the walk: what stands left of it cannot be trusted.</summary>
    public IPAddress? Resolve(IPAddress? peer, StringValues forwardedFor)
    {
        if (!IsTrusted(peer))
            return peer;
        var client = peer;
        for (var line = forwardedFor.Count - 1; line >= 0; line--)
        {
            var rest = (forwardedFor[line] ?? "").AsSpan();
            while (!rest.IsEmpty)
            {
                var comma = rest.LastIndexOf(',');
                var entry = rest[(comma + 1)..].Trim();
                rest = comma < 0 ? [] : rest[..comma];
                if (!TryParse(entry, out var address))
                    return client;
                client = address;
                if (!IsTrusted(address))
                    return client;
            }
        }

        return client;
    }

    /// <summary>
    /// An IPv4-mapped IPv6 address as the IPv4 one it stands for, as everything that compares or shows addresses expects.
    /// </summary>
    public static IPAddress? Unmap(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    // Proxies write "1.2.3.4", "1.2.3.4:567", "2001:db8::1" and "[2001:db8::1]:567".
    private static bool TryParse(ReadOnlySpan<char> entry, out IPAddress? address)
    {
        if (
            IPAddress.TryParse(entry, out address)
            || (IPEndPoint.TryParse(entry, out var endPoint) && (address = endPoint.Address) is not null)
        )
        {
            address = Unmap(address);
            return true;
        }

        return false;
    }
}
