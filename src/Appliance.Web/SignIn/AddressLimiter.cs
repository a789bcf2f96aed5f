using System.Net;
using System.Net.Sockets;

namespace Appliance.Web.SignIn;

/// <summary>
/// Lets an address guess only so often, whatever it guesses at: passwords, codes, links. In memory, of the addresses that failed lately.
/// </summary>
internal sealed class AddressLimiter(TimeProvider time)
{
    /// <summary>So many failures within <see cref="Window"/> are free.</summary>
    public const int FailuresUntilWait = 10;

    /// <summary>Most addresses that are remembered; the one that was quiet longest goes first.</summary>
    public const int MostKnown = 10_000;

    /// <summary>How long a failure counts, and how long an address must be quiet after a wait to begin again.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    /// <summary>The first wait; from then on every failure waits twice as long, up to <see cref="LongestWait"/>.</summary>
    public static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(30);

    /// <summary>The longest that an address waits.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);

    private readonly GuessLimiter _all = new(time, new(FailuresUntilWait, Window, FirstWait, LongestWait, MostKnown));

    /// <summary>How many addresses are remembered.</summary>
    public int Count => _all.Count;

    /// <summary>Begins a try: null, and <see cref="End(IPAddress?, bool)"/> must follow; or how long to wait instead.</summary>
    public TimeSpan? Begin(IPAddress? address) => Begin(KeyOf(address));

    /// <summary>The same for what <see cref="KeyOf"/> made, or for a device that stands for itself.</summary>
    public TimeSpan? Begin(string key) => _all.Begin(key);

    /// <summary>Ends a try. The wait that this failure begins, or null.</summary>
    public TimeSpan? End(IPAddress? address, bool failed) => End(KeyOf(address), failed);

    /// <summary>The same for a key.</summary>
    public TimeSpan? End(string key, bool failed) => _all.End(key, failed);

    /// <summary>An IPv6 address counts with its whole /64: that is what one household has.</summary>
    internal static string KeyOf(IPAddress? address) =>
        address switch
        {
            null => "unknown",
            { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
            { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)),
            _ => address.ToString(),
        };
}
