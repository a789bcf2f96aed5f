using Appliance.Proxy.Memory;

namespace Appliance.Proxy.Epoll;

/// <summary>What this process has too little of just now, so that new clients wait.</summary>
internal static class Shortage
{
    /// <summary>A sentence that names it, its limit and what to do; null: there is enough.</summary>
    public static string? Of(OpenFiles files, MemoryRoom memory)
    {
        if (memory.IsScarce)
        {
            return $"Memory is short: most of the {MemoryRoom.MostBytes / 1024 / 1024} MiB that this process may use are taken, and new "
                + "connections wait. Give it more, or let clients leave.";
        }

        if (!files.AreScarce)
            return null;
        return OpenFiles.IsMachineFull
            ? "Open files are short: this machine has none left for any process (fs.file-max), and new connections wait. "
                + "Raise that limit, or find the process that holds them."
            : $"Open files are short: nearly all of the {files.Most} that this process may have (ulimit -n) are taken, and new "
                + "connections wait. Raise that limit, or let clients leave.";
    }
}
