using Appliance.Proxy.Memory;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// Says that clients wait for lack of open files or of memory, and that they do no more: once in ten seconds, as it may change from moment
/// to moment. For one listener.
/// </summary>
internal sealed class ScarcityLog(OpenFiles files, MemoryRoom memory, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan _saidEvery = TimeSpan.FromSeconds(10);
    private long? _saidAt;
    private bool _isSaid;

    /// <summary>Logs that new connections wait, at most once in ten seconds.</summary>
    public void Paused()
    {
        if (_isSaid || (_saidAt is { } before && time.GetElapsedTime(before) < _saidEvery))
            return;
        (_isSaid, _saidAt) = (true, time.GetTimestamp());
        if (memory.IsScarce)
            log.AcceptPausedForMemory(MemoryRoom.MostBytes / 1024 / 1024);
        else if (OpenFiles.IsMachineFull)
            log.AcceptPausedForMachine();
        else
            log.AcceptPaused(files.Most);
    }

    /// <summary>Logs that new connections are accepted again.</summary>
    public void Resumed()
    {
        if (!_isSaid)
            return;
        _isSaid = false;
        log.AcceptResumed();
    }
}

internal static partial class ScarcityLogLines
{
    [LoggerMessage(
        1501,
        LogLevel.Warning,
        "New connections wait: nearly as many files and sockets are open as this process may have, which are {Most} (ulimit -n); "
            + "raise that limit, or let clients leave"
    )]
    public static partial void AcceptPaused(this ILogger log, long most);

    [LoggerMessage(
        1504,
        LogLevel.Warning,
        "New connections wait: most of the {Most} MiB of memory that this process may use are taken; give it more (the container's "
            + "limit, DOTNET_GCHeapHardLimit), or let clients leave"
    )]
    public static partial void AcceptPausedForMemory(this ILogger log, long most);

    [LoggerMessage(
        1509,
        LogLevel.Warning,
        "New connections wait: this machine has no open file left for any process (fs.file-max); raise that limit, or find the "
            + "process that holds them"
    )]
    public static partial void AcceptPausedForMachine(this ILogger log);

    [LoggerMessage(1502, LogLevel.Information, "New connections are taken again")]
    public static partial void AcceptResumed(this ILogger log);
}
