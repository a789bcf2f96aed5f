using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Dialing;

/// <summary>
/// Looks up the addresses of servers by name. The machine's resolver blocks its caller (getaddrinfo; .NET's asynchronous look-ups block
/// threads of the pool instead), so every look-up has a thread of its own. A silent name server then harms only the names that it is asked
/// for. There is one look-up at a time for a name. Its answer is kept for a few seconds. When a look-up fails or is late, the addresses of
/// the last good one stay in use.
/// </summary>
internal sealed class ServerNames(Func<string, IPAddress[]> lookUp, TimeProvider time, ILogger<ServerNames> log)
{
    /// <summary>How long an answer is used without asking again.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    /// <summary>How long a failure is used without asking again.</summary>
    public static readonly TimeSpan FailureFreshness = TimeSpan.FromSeconds(1);

    /// <summary>How long addresses are used on while look-ups fail or are late.</summary>
    public static readonly TimeSpan LongestUse = TimeSpan.FromHours(1);

    /// <summary>How long a look-up is waited for while there are addresses that were right before.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>Most threads that look up at the same time.</summary>
    public const int MostThreads = 256;

    private const int MostNames = 4096;
    private const int StackBytes = 256 * 1024;
    private static readonly TimeSpan _saidEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Name> _names = new(StringComparer.OrdinalIgnoreCase);
    private int _threads;

    /// <summary>
    /// The addresses of a name. Throws what the look-up throws (<see cref="SocketException"/>), <see cref="UpstreamConnectException"/> when
    /// too many names are being looked up, and <see cref="OperationCanceledException"/> when the caller waits no longer.
    /// </summary>
    public async ValueTask<IPAddress[]> FindAsync(string host, CancellationToken cancellationToken)
    {
        Task<IPAddress[]>? asked;
        IPAddress[]? before;
        bool isLate;
        lock (_gate)
        {
            var name = Of(host);
            if (name.Fresh(time) is { } known)
                return known.Failure is null ? known.Addresses! : throw Again(known.Failure); // an answer is the one or the other
            before = name.GoodAt is { } at && time.GetElapsedTime(at) <= LongestUse ? name.Good : null;
            isLate = name.Asked is not null && time.GetElapsedTime(name.AskedAt) > Patience;
            asked = name.Asked ?? Ask(host, name);
        }

        if (before is null)
        {
            return asked is not null
                ? await asked.WaitAsync(cancellationToken)
                : throw new UpstreamConnectException(
                    "Too many names of servers are being looked up, and none is answered; is this machine's name server away?",
                    TryEnd.LocalWant
                );
        }

        if (asked is not null && !isLate)
        {
            try
            {
                return await asked.WaitAsync(Patience, time, cancellationToken);
            }
            catch (Exception failed) when (failed is SocketException or TimeoutException)
            {
                // Going on is right: an address that was right before is better than none.
            }
        }

        Say(host);
        return before;
    }

    // One exception thrown by several callers would gather all their stacks.
    private static SocketException Again(Exception failure) =>
        failure switch
        {
            SocketException socket => new SocketException((int)socket.SocketErrorCode),
            _ => new SocketException((int)SocketError.HostNotFound),
        };

    private Name Of(string host)
    {
        if (_names.TryGetValue(host, out var name))
            return name;

        // Names come from the config: only one that changes all the time makes so many.
        if (_names.Count >= MostNames)
        {
            foreach (var (old, one) in _names.ToArray())
            {
                if (one.Asked is null)
                    _names.Remove(old);
            }
        }

        return _names[host] = new();
    }

    // Null when there is no thread for it.
    private Task<IPAddress[]>? Ask(string host, Name name)
    {
        if (_threads >= MostThreads)
            return null;
        var answer = new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => LookUp(host, name, answer), StackBytes) { IsBackground = true, Name = "look-up" };
        try
        {
            thread.Start();
        }
        catch (Exception failed) when (failed is OutOfMemoryException or ThreadStartException)
        {
            return null;
        }

        _threads++;
        (name.Asked, name.AskedAt) = (answer.Task, time.GetTimestamp());
        return answer.Task;
    }

    private void LookUp(string host, Name name, TaskCompletionSource<IPAddress[]> answer)
    {
        IPAddress[] found = [];
        Exception? failure = null;
        try
        {
            found = lookUp(host);
            if (found.Length == 0)
                failure = new SocketException((int)SocketError.HostNotFound);
        }
        catch (Exception failed)
        {
            // Going on is right: this is the edge of a thread, and the waiting dials are told.
            failure = failed is SocketException ? failed : new SocketException((int)SocketError.NoRecovery);
        }

        lock (_gate)
        {
            _threads--;
            name.Answer(found, failure, time.GetTimestamp());
        }

        if (failure is null)
        {
            answer.SetResult(found);
            return;
        }

        answer.SetException(failure);

        // Perhaps nobody waits any more.
        _ = answer.Task.Exception;
    }

    private void Say(string host)
    {
        lock (_gate)
        {
            var name = Of(host);
            if (name.SaidAt is { } at && time.GetElapsedTime(at) < _saidEvery)
                return;
            name.SaidAt = time.GetTimestamp();
        }

        log.NotLookedUp(host);
    }

    // Under the gate.
    private sealed class Name
    {
        private (IPAddress[]? Addresses, Exception? Failure, long At)? _last;

        public IPAddress[]? Good { get; private set; }

        public long? GoodAt { get; private set; }

        public Task<IPAddress[]>? Asked { get; set; }

        public long AskedAt { get; set; }

        public long? SaidAt { get; set; }

        // A failure is only an answer while there is nothing better.
        public (IPAddress[]? Addresses, Exception? Failure)? Fresh(TimeProvider time)
        {
            if (_last is not var (addresses, failure, at) || time.GetElapsedTime(at) > (failure is null ? Freshness : FailureFreshness))
                return null;
            if (failure is not null && GoodAt is { } good && time.GetElapsedTime(good) <= LongestUse)
                return (Good, null);
            return (addresses, failure);
        }

        public void Answer(IPAddress[] addresses, Exception? failure, long at)
        {
            _last = (addresses, failure, at);
            Asked = null;
            if (failure is null)
                (Good, GoodAt) = (addresses, at);
        }
    }
}

internal static partial class ServerNamesLog
{
    [LoggerMessage(
        1710,
        LogLevel.Warning,
        "The name of server {Host} cannot be looked up now; the addresses that it had before are used on"
    )]
    public static partial void NotLookedUp(this ILogger<ServerNames> log, string host);
}
