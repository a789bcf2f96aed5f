namespace Appliance.Proxy.Epoll;

/// <summary>
/// How near this process is to its limit of open files. The kernel always gives the lowest free number (POSIX), so the number that it would
/// give now says how many are taken, by sockets, assemblies and the database together. A process at its limit can do almost nothing any
/// more, and .NET ends it when it needs a thread.
/// </summary>
internal sealed class OpenFiles
{
    private const int LeastSpare = 64;
    private readonly long _spare;

    /// <summary>By the limit of this moment: .NET has raised the soft one to the hard one at its start.</summary>
    public OpenFiles()
    {
        Most = OperatingSystem.IsLinux() ? Libc.MostFiles() : long.MaxValue;
        _spare = Math.Max(LeastSpare, Most / 16);
    }

    /// <summary>The limit (<c>ulimit -n</c>).</summary>
    public long Most { get; }

    /// <summary>True when no new client should be taken.</summary>
    public bool AreScarce => Next >= Most - _spare;

    /// <summary>True when what is left is for the process itself: not even for what clients that were taken ask for.</summary>
    public bool AreSpent => Next >= Most - (_spare / 2);

    /// <summary>True when not this process but the whole machine has no open file left (ENFILE, <c>fs.file-max</c>).</summary>
    public static bool IsMachineFull => Try() == -Errno.SystemFiles;

    private static long Next => Try() is >= 0 and var fd ? fd : long.MaxValue;

    // The number that the kernel gives now; below 0 the error.
    private static int Try()
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        var fd = Libc.EventCreate();
        if (fd >= 0)
            Libc.Close(fd);
        return fd;
    }
}
