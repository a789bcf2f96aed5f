using System.Runtime.InteropServices;

namespace Appliance.Data;

/// <summary>
/// Nobody but this user reads what this process writes. The mask of the process decides before a file has its first byte; a mode that is set afterwards comes
/// too late, and SQLite makes its log and its index whenever it likes.
/// </summary>
public static class PrivateFiles
{
    private const uint GroupAndOthers = 0b000_111_111;
    private const UnixFileMode OthersAny = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
    private const UnixFileMode GroupAny = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;

    /// <summary>From now on every new file of this process, and of those that it starts, is its user's alone (umask 0077). Does nothing on Windows.</summary>
    public static void FromNowOn()
    {
        if (!OperatingSystem.IsWindows())
            _ = SetMask(GroupAndOthers);
    }

    /// <summary>
    /// Takes others' rights away from a folder that somebody else has made, and group's and others' from the files in it. A group keeps its way into the folder: a container
    /// may run as any user of a group. Throws <see cref="DataFolderException"/> when others may write into the folder and that cannot be changed.
    /// </summary>
    internal static void Tighten(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var mode = File.GetUnixFileMode(folder);
        if ((mode & OthersAny) != 0 && !TrySet(folder, mode & ~OthersAny) && mode.HasFlag(UnixFileMode.OtherWrite))
        {
            throw new DataFolderException(
                $"Every user of this machine may write into the data folder {folder}, which belongs to somebody else; run chmod 0700 on it as its owner, or set APPLIANCE_DATA to another folder.",
                isTaken: false);
        }

        foreach (var file in Directory.GetFiles(folder))
        {
            var own = new FileInfo(file);
            if (own.LinkTarget is null && (own.UnixFileMode & (GroupAny | OthersAny)) != 0)
                TrySet(file, own.UnixFileMode & ~(GroupAny | OthersAny));
        }
    }

    // Somebody else's: their owner decides.
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static bool TrySet(string path, UnixFileMode mode)
    {
        try
        {
            File.SetUnixFileMode(path, mode);
            return true;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            return false;
        }
    }

    // mode_t is 32 bits wide on Linux; where it is narrower, the upper half is not looked at.
    [DllImport("libc", EntryPoint = "umask")]
    private static extern uint SetMask(uint mask);
}
