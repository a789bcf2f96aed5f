namespace Appliance.Data;

/// <summary>Whether a disk has room for this user, quotas counted.</summary>
public static class DiskRoom
{
    private const int NoSpace = 28; // ENOSPC
    private const int NoQuota = 122; // EDQUOT of Linux
    private const int NoQuotaOfBsd = 69; // EDQUOT of the BSDs and of macOS
    private const int NoSpaceOnWindows = unchecked((int)0x80070070); // ERROR_DISK_FULL

    // More than SQLite takes to open a file: the index of its log has 32 KB.
    private const int ProbeBytes = 64 * 1024;

    /// <summary>What an operator does about a full disk.</summary>
    public const string Advice = "Make room on it, or give the folder a larger disk; nothing has to be restored for that.";

    /// <summary>True for what the framework throws on a full disk, or where a quota is used up.</summary>
    public static bool IsMissing(Exception exception) =>
        exception is IOException { HResult: NoSpace or NoQuota or NoQuotaOfBsd or NoSpaceOnWindows };

    /// <summary>
    /// How many bytes are free for this user on the disk of a folder, and how many it has. Null where that cannot be found out.
    /// </summary>
    public static (long Free, long Total)? Of(string folder)
    {
        try
        {
            var disk = new DriveInfo(Path.GetFullPath(folder));
            return (disk.AvailableFreeSpace, disk.TotalSize);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>
    /// Writes 64 KB into a folder, and takes them away again. True: there was no room for them. SQLite says "disk I/O error" or "unable to
    /// open database file" for a full disk as for a file without rights, so the disk itself is asked.
    /// </summary>
    public static bool IsMissingIn(string folder)
    {
        var probe = Path.Combine(folder, "room.probe");
        try
        {
            File.Delete(probe);
            using var file = new FileStream(
                probe,
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.None,
                bufferSize: 0,
                FileOptions.DeleteOnClose
            );
            file.Write(new byte[ProbeBytes]);
            file.Flush(flushToDisk: true);
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return IsMissing(exception);
        }
    }
}
