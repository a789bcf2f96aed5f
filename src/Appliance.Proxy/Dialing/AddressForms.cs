using System.Net;
using System.Net.Sockets;

namespace Appliance.Proxy.Dialing;

/// <summary>
/// The addresses that one address leads to. Many IPv6 addresses carry an IPv4 address in them, and a machine or a gateway on the way
/// connects to that one; the unspecified addresses connect to this machine itself. A list of networks has to be asked for all of them.
/// </summary>
internal static class AddressForms
{
    private static readonly IPNetwork _mapped = IPNetwork.Parse("::ffff:0:0/96"); // RFC 4291, 2.5.5.2
    private static readonly IPNetwork _compatible = IPNetwork.Parse("::/96"); // RFC 4291, 2.5.5.1, deprecated
    private static readonly IPNetwork _translated = IPNetwork.Parse("::ffff:0:0:0/96"); // RFC 2765, deprecated
    private static readonly IPNetwork _nat64 = IPNetwork.Parse("64:ff9b::/96"); // RFC 6052
    private static readonly IPNetwork _localNat64 = IPNetwork.Parse("64:ff9b:1::/48"); // RFC 8215
    private static readonly IPNetwork _sixToFour = IPNetwork.Parse("2002::/16"); // RFC 3056
    private static readonly IPNetwork _teredo = IPNetwork.Parse("2001::/32"); // RFC 4380
    private static readonly IPAddress _loopback = IPAddress.Loopback;

    // Where an IPv4 address stands behind a NAT64 prefix of 48, 56, 64 or 96 bits: the eighth byte is left out (RFC 6052, 2.2).
    private static readonly int[][] _localNat64Places =
    [
        [6, 7, 9, 10],
        [7, 9, 10, 11],
        [9, 10, 11, 12],
        [12, 13, 14, 15],
    ];

    /// <summary>The address itself without its scope, and every address that it leads to, each once.</summary>
    public static IReadOnlyCollection<IPAddress> Of(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return address.Equals(IPAddress.Any) ? [address, _loopback] : [address];
        var bytes = address.GetAddressBytes();
        var forms = new HashSet<IPAddress> { new(bytes) };

        // What listens on every address of a machine is reached by either of its loopback addresses.
        if (address.Equals(IPAddress.IPv6Any) || IPAddress.IsLoopback(address))
            forms.Add(_loopback);
        else
            forms.UnionWith(Embedded(address, bytes).SelectMany(Of));
        return forms;
    }

    /// <summary>A network of IPv4 addresses written in IPv6 as the IPv4 network that it is; any other as it is.</summary>
    public static IPNetwork Plain(IPNetwork network) =>
        network.PrefixLength >= 96 && network.BaseAddress.IsIPv4MappedToIPv6
            ? new(network.BaseAddress.MapToIPv4(), network.PrefixLength - 96)
            : network;

    private static IEnumerable<IPAddress> Embedded(IPAddress scoped, byte[] bytes)
    {
        // A network contains no address with a scope.
        var address = scoped.ScopeId == 0 ? scoped : new IPAddress(bytes);
        if (_mapped.Contains(address) || _compatible.Contains(address) || _translated.Contains(address) || _nat64.Contains(address))
            yield return At(bytes, 12);
        if (_sixToFour.Contains(address))
            yield return At(bytes, 2);
        if (_teredo.Contains(address))
        {
            yield return At(bytes, 4); // the server
            yield return new([(byte)~bytes[12], (byte)~bytes[13], (byte)~bytes[14], (byte)~bytes[15]]); // the client
        }

        if (_localNat64.Contains(address))
        {
            // The length of the prefix is the gateway's secret, so every one counts; zeros are what a longer prefix is filled with.
            foreach (var places in _localNat64Places)
            {
                if (places.Any(place => bytes[place] != 0))
                    yield return new([bytes[places[0]], bytes[places[1]], bytes[places[2]], bytes[places[3]]]);
            }
        }

        // ISATAP (RFC 5214): the last eight bytes are 00-00-5E-FE or 02-00-5E-FE and the IPv4 address.
        if ((bytes[8] & 0xFD) == 0 && bytes[9] == 0 && bytes[10] == 0x5E && bytes[11] == 0xFE)
            yield return At(bytes, 12);
    }

    private static IPAddress At(byte[] bytes, int start) => new(bytes.AsSpan(start, 4));
}
