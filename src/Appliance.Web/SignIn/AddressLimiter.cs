using System.Net;
using System.Net.Sockets;

namespace Appliance.Web.SignIn;

/// <summary>
/// Lets an address guess only so often, whatever it guesses at: passwords, codes, links. In memory, of the addresses that failed lately. What is being judged
/// counts as a failure until it turns out well, so that many guesses at once are not more than one after the other.
/// </summary>
internal sealed class AddressLimiter(TimeProvider time)
{
    /// <summary>So many failures within <see cref="Window"/> are free.</summary>
    public const int FailuresUntilWait = 10;

    /// <summary>Most addresses that are remembered; the one that was quiet longest goes first.</summary>
    public const int MostKnown = 10_000;

    /// <summary>How long a failure counts, and how long an address must be quiet after a wait to begin anew.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    /// <summary>The first wait; from then on every failure waits twice as long, up to <see cref="LongestWait"/>.</summary>
    public static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(30);

    /// <summary>The longest wait.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);

    // While others of the address are judged, the answer is near.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Known> all = [];

    /// <summary>How many addresses are remembered.</summary>
    public int Count
    {
        get
        {
            lock (all)
                return all.Count;
        }
    }

    /// <summary>Begins a try: null, and <see cref="End"/> must follow; or how long to wait instead.</summary>
    public TimeSpan? Begin(IPAddress? address)
    {
        var (key, now) = (KeyOf(address), time.GetUtcNow());
        lock (all)
        {
            if (!all.TryGetValue(key, out var known))
            {
                MakeRoom(now);
                all.Add(key, known = new());
            }

            known.Forget(now);
            if (known.WaitsUntil > now)
                return known.WaitsUntil - now;
            if (known.Pending >= (known.Waits > 0 ? 1 : FailuresUntilWait - known.Failures.Count))
                return Moment;
            known.Pending++;
            return null;
        }
    }

    /// <summary>Ends a try. The wait that this failure begins, or null.</summary>
    public TimeSpan? End(IPAddress? address, bool failed)
    {
        var (key, now) = (KeyOf(address), time.GetUtcNow());
        lock (all)
        {
            if (!all.TryGetValue(key, out var known))
                return null;
            known.Pending--;
            if (!failed)
            {
                if (known is { Pending: 0, Waits: 0, Failures.Count: 0 })
                    all.Remove(key);
                return null;
            }

            known.Failures.Enqueue(now);
            if (known.Waits == 0 && known.Failures.Count < FailuresUntilWait)
                return null;
            var wait = FirstWait * (1 << Math.Min(known.Waits, 10));
            wait = wait < LongestWait ? wait : LongestWait;
            known.Waits++;
            known.WaitsUntil = now + wait;
            return wait;
        }
    }

    /// <summary>An IPv6 address counts with its whole /64: that is what one household has.</summary>
    internal static string KeyOf(IPAddress? address) => address switch
    {
        null => "unknown",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)),
        _ => address.ToString(),
    };

    private void MakeRoom(DateTimeOffset now)
    {
        if (all.Count < MostKnown)
            return;
        foreach (var (key, known) in all)
        {
            known.Forget(now);
            if (known is { Pending: 0, Waits: 0, Failures.Count: 0 })
                all.Remove(key);
        }

        if (all.Count >= MostKnown && all.Where(one => one.Value.Pending == 0).OrderBy(one => one.Value.LastAt).Select(one => one.Key).FirstOrDefault() is { } oldest)
            all.Remove(oldest);
    }

    private sealed class Known
    {
        public Queue<DateTimeOffset> Failures { get; } = new();

        public int Pending { get; set; }

        public int Waits { get; set; }

        public DateTimeOffset WaitsUntil { get; set; }

        public DateTimeOffset LastAt => Failures.Count == 0 ? default : Failures.Last();

        public void Forget(DateTimeOffset now)
        {
            while (Failures.TryPeek(out var at) && (now - at >= Window || Failures.Count > FailuresUntilWait))
                Failures.Dequeue();
            if (Failures.Count == 0 && now - WaitsUntil >= Window)
                Waits = 0;
        }
    }
}
