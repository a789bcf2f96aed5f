using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Epoll;

/// <summary>Says that clients wait for want of open files, and that they do no more: once in ten seconds, as it may change from moment to moment. For one listener.</summary>
internal sealed class ScarcityLog(OpenFiles files, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan SaidEvery = TimeSpan.FromSeconds(10);
    private long? saidAt;
    private bool isSaid;

    /// <summary>Nobody is taken for the moment.</summary>
    public void Paused()
    {
        if (isSaid || (saidAt is { } before && time.GetElapsedTime(before) < SaidEvery))
            return;
        (isSaid, saidAt) = (true, time.GetTimestamp());
        log.AcceptPaused(files.Most);
    }

    /// <summary>It goes on.</summary>
    public void Resumed()
    {
        if (!isSaid)
            return;
        isSaid = false;
        log.AcceptResumed();
    }
}

internal static partial class ScarcityLogLines
{
    [LoggerMessage(1501, LogLevel.Warning, "New connections wait: nearly as many files and sockets are open as this process may have, which are {Most} (ulimit -n); raise that limit, or let clients leave")]
    public static partial void AcceptPaused(this ILogger log, long most);

    [LoggerMessage(1502, LogLevel.Information, "New connections are taken again")]
    public static partial void AcceptResumed(this ILogger log);
}
