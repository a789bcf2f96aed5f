using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Appliance.Proxy.Dialing;

/// <summary>
/// Addresses that no server of a pool may have: the metadata services of clouds, which hand credentials to every program on the machine,
/// and this process's own console. The addresses of a name are checked at every dial, because the name may stand for other ones than when
/// it was saved.
/// </summary>
public sealed class Destinations(IEnumerable<IPNetwork> denied, TimeProvider? time = null)
{
    /// <summary>Link-local addresses, where metadata services are, and those of AWS (IPv6), Alibaba and Azure outside of them.</summary>
    public const string Metadata = "169.254.0.0/16,fe80::/10,fd00:ec2::254,100.100.100.200,168.63.129.16";

    private static readonly TimeSpan _freshness = TimeSpan.FromMinutes(1);
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ImmutableArray<IPNetwork> _networks = [.. denied.Select(AddressForms.Plain)];
    private volatile int[] _ownPorts = [];
    private volatile OwnAddresses? _own;

    /// <summary>No address is denied.</summary>
    public static Destinations Any { get; } = new([]);

    /// <summary>From now on, nobody is forwarded to this port of this machine.</summary>
    public void Guard(int port) => _ownPorts = [.. _ownPorts, port];

    /// <summary>
    /// Why a server cannot be there, as a sentence that names no address, or null. One denied address among several is enough: which one
    /// would be taken is chance.
    /// </summary>
    public string? Fault(IEnumerable<IPAddress> addresses, int port)
    {
        foreach (var address in addresses.SelectMany(AddressForms.Of))
        {
            if (IsDenied(address))
                return "The server's address is one of those that APPLIANCE_DENIED_UPSTREAMS forbids.";
            if (Array.IndexOf(_ownPorts, port) >= 0 && IsOwn(address))
                return "The server's address is this console, which is not reached through the proxy.";
        }

        return null;
    }

    /// <summary>
    /// Why a server that is written as this host cannot be there, or null. Names are judged when they are dialled, because they may then
    /// stand for other addresses; only <c>localhost</c> and the names below it are this machine always (RFC 6761, 6.3).
    /// </summary>
    public string? Fault(string host, int port)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address))
            return Fault([address], port);
        var name = host.TrimEnd('.');
        return
            name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            ? Fault([IPAddress.Loopback, IPAddress.IPv6Loopback], port)
            : null;
    }

    /// <summary>
    /// As <see cref="Fault(string, int)"/>, with the addresses that a name has now, for a connection that another program makes. A name
    /// without an address: null.
    /// </summary>
    public async Task<string?> NamedFaultAsync(string host, int port, CancellationToken cancellationToken)
    {
        if (Fault(host, port) is { } fault)
            return fault;
        try
        {
            return Fault(await Dns.GetHostAddressesAsync(host, cancellationToken), port);
        }
        catch (SocketException)
        {
            // The other program says what is wrong with the name, or asks a proxy that knows it.
            return null;
        }
    }

    /// <summary>
    /// A connection of the product's own calls, but to nowhere that is denied: people write names that lead anywhere, and not where no
    /// server of a pool may be either. Throws <see cref="DeniedDestinationException"/> when every address is denied, and
    /// <see cref="SocketException"/> when nothing answers.
    /// </summary>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint to, CancellationToken cancellationToken)
    {
        var addresses = await AddressesAsync(to, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, to.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The addresses that such a connection may go to, at least one. Throws <see cref="DeniedDestinationException"/> when every address is
    /// denied, and <see cref="SocketException"/> for a name without one.
    /// </summary>
    public async Task<IPAddress[]> AddressesAsync(DnsEndPoint to, CancellationToken cancellationToken)
    {
        var all = await Dns.GetHostAddressesAsync(to.Host, cancellationToken);
        if (all.Length == 0)
            throw new SocketException((int)SocketError.NoData);
        var allowed = all.Where(address => Fault([address], to.Port) is null).ToArray();
        if (allowed.Length > 0)
            return allowed;
        throw new DeniedDestinationException(
            all.SelectMany(AddressForms.Of).Any(IsDenied)
                ? $"APPLIANCE_DENIED_UPSTREAMS forbids every address of {to.Host}."
                : $"{to.Host} is this console, where nothing is sent."
        );
    }

    private bool IsDenied(IPAddress address) => _networks.Any(network => network.Contains(address));

    private bool IsOwn(IPAddress address)
    {
        if (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            return true;
        var known = _own;
        if (known is null || _time.GetElapsedTime(known.At) > _freshness)
            _own = known = new(
                [
                    .. NetworkInterface
                        .GetAllNetworkInterfaces()
                        .SelectMany(card => card.GetIPProperties().UnicastAddresses)
                        .Select(of => of.Address),
                ],
                _time.GetTimestamp()
            );
        return known.Addresses.Contains(address);
    }

    private sealed record OwnAddresses(HashSet<IPAddress> Addresses, long At);
}
