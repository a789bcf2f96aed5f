namespace Appliance.Data;

/// <summary>
/// The folder that holds everything a node keeps, and the lock that makes one process its owner. The lock is the operating system's, so a
/// killed process leaves none behind.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream lockFile;

    private DataFolder(string path, FileStream lockFile)
    {
        Path = path;
        this.lockFile = lockFile;
    }

    /// <summary>The folder, absolute.</summary>
    public string Path { get; }

    /// <summary>The SQLite file.</summary>
    public string Database => In("appliance.db");

    /// <summary>The last config that was applied.</summary>
    public string LastGood => In("last-good.json");

    /// <summary>Creates the folder if need be and takes the lock. Throws <see cref="DataFolderException"/> with a sentence.</summary>
    public static DataFolder Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        PrivateFiles.FromNowOn();
        try
        {
            Create(full);
            PrivateFiles.Tighten(full);
            var file = new FileStream(System.IO.Path.Combine(full, "appliance.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(System.IO.Path.Combine(full, "appliance.pid"), Environment.ProcessId.ToString());
            return new(full, file);
        }
        catch (UnauthorizedAccessException)
        {
            throw new DataFolderException($"The data folder {full} cannot be written; give this user write access, or set APPLIANCE_DATA to another folder.", isTaken: false);
        }
        catch (IOException exception)
        {
            // A disk that is full or read-only keeps nobody's lock: the number that a process left there would be a wrong track.
            throw IsLocked(exception) && HolderOf(full) is { } holder
                ? new DataFolderException($"The data folder {full} is in use by process {holder}; stop it first, or set APPLIANCE_DATA to another folder.", isTaken: true)
                : new DataFolderException($"The data folder {full} cannot be used ({exception.Message.TrimEnd('.')}); it takes a folder that can be written, with room on its disk, or set APPLIANCE_DATA to another one.", isTaken: false);
        }
    }

    /// <summary>A file or folder inside.</summary>
    public string In(string name) => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose() => lockFile.Dispose();

    private static void Create(string full)
    {
        if (OperatingSystem.IsWindows() || Directory.Exists(full))
            Directory.CreateDirectory(full);
        else
            Directory.CreateDirectory(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // What the framework says for a lock of somebody else: EWOULDBLOCK of Linux and of the BSDs, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsLocked(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    // The lock itself cannot be read while it is held; the number beside it can, and is only for the message.
    private static string? HolderOf(string full)
    {
        try
        {
            return File.ReadAllText(System.IO.Path.Combine(full, "appliance.pid")).Trim() is { Length: > 0 } id ? id : null;
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>The data folder cannot be used; the message says why and what to do.</summary>
public sealed class DataFolderException(string message, bool isTaken) : Exception(message)
{
    /// <summary>True when another process holds it.</summary>
    public bool IsTaken { get; } = isTaken;
}
