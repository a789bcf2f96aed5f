using System.Runtime.InteropServices;

namespace Appliance.Data;

/// <summary>
/// Nobody but this user reads what this process writes. The mask of the process decides before a file has its first byte; a mode that is
/// set afterwards comes too late, and SQLite makes its log and its index whenever it likes.
/// </summary>
public static class PrivateFiles
{
    private const uint GroupAndOthers = 0b000_111_111;
    private const UnixFileMode OthersAny = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
    private const UnixFileMode GroupAny = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;

    // Also those that exist for a moment only: a user who can guess their names could lay a link there.
    private static readonly string[] _ourFiles =
    [
        "appliance.lock",
        "appliance.pid",
        "appliance.db",
        "appliance.db-wal",
        "appliance.db-shm",
        "appliance.db-journal",
        "appliance.db.before-migration",
        "appliance.db.migrating",
        "appliance.db.rescued",
        "appliance.db.unfinished",
        "last-good.json",
        "last-good.json.new",
        "last-good.json.set-aside",
        "master.key",
        "master.key.new",
    ];

    private static readonly string[] _ourFolders = ["control", "session-keys", "acme"];

    /// <summary>
    /// From now on every new file of this process, and of those that it starts, is its user's alone (umask 0077). Does nothing on Windows.
    /// </summary>
    public static void FromNowOn()
    {
        if (!OperatingSystem.IsWindows())
            _ = SetMask(GroupAndOthers);
    }

    /// <summary>
    /// Takes everybody else's rights away from a folder of this user (0700) and from the files in it (0600). In a folder of somebody else a
    /// group keeps its way in: a container may run as any user of a group. Throws <see cref="DataFolderException"/> when others may write
    /// into such a folder.
    /// </summary>
    internal static void Tighten(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var mode = File.GetUnixFileMode(folder);
        var isOpen = (mode & (GroupAny | OthersAny)) != 0 && !TrySet(folder, mode & ~(GroupAny | OthersAny));
        if (isOpen && mode.HasFlag(UnixFileMode.OtherWrite))
        {
            throw new DataFolderException(
                $"Every user of this machine may write into the data folder {folder}, which belongs to somebody else; run chmod 0700 "
                    + "on it as its owner, or set APPLIANCE_DATA to another folder.",
                isTaken: false
            );
        }

        foreach (var file in Directory.GetFiles(folder))
        {
            if (FileKinds.Of(file) == FileKind.Plain && File.GetUnixFileMode(file) is var own && (own & (GroupAny | OthersAny)) != 0)
                TrySet(file, own & ~(GroupAny | OthersAny));
        }
    }

    /// <summary>
    /// Throws <see cref="DataFolderException"/> when something else stands in the place of one of our files or folders: a link would be
    /// followed to wherever it leads, and opening a pipe would wait without end.
    /// </summary>
    internal static void DemandPlain(string folder)
    {
        foreach (var (names, wanted) in new[] { (_ourFiles, FileKind.Plain), (_ourFolders, FileKind.Folder) })
        {
            foreach (var name in names)
            {
                var kind = FileKinds.Of(Path.Combine(folder, name));
                if (kind == FileKind.Missing || kind == wanted)
                    continue;
                var place = wanted == FileKind.Plain ? "a file" : "a folder";
                var hint = name == "master.key" ? ", or name its target in APPLIANCE_KEY_FILE" : "";
                throw new DataFolderException(
                    $"The data folder {folder} cannot be used ({name} in it is {Words(kind)}, in the place of {place} of Appliance); "
                        + $"move it away{hint}.",
                    isTaken: false
                );
            }
        }
    }

    private static string Words(FileKind kind) =>
        kind switch
        {
            FileKind.Link => "a link",
            FileKind.Folder => "a folder",
            FileKind.Plain => "a file",
            _ => "a pipe, a socket or a device",
        };

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
