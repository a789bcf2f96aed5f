using System.Text;

namespace Appliance.Data;

/// <summary>
/// The folder that holds everything a node keeps, and the lock that makes one process its owner. The lock is the operating system's, so a
/// killed process leaves none behind.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private const string Command = "command";
    private static readonly TimeSpan _commandPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _serverPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);
    private readonly FileStream _lockFile;

    private DataFolder(string path, FileStream lockFile)
    {
        Path = path;
        _lockFile = lockFile;
    }

    /// <summary>The absolute path of the folder.</summary>
    public string Path { get; }

    /// <summary>The path of the SQLite file.</summary>
    public string Database => In("appliance.db");

    /// <summary>The last config that was applied.</summary>
    public string LastGood => In("last-good.json");

    /// <summary>
    /// The same for a server: waits up to 15 seconds for a command that holds the folder, 2 for another server. <paramref name="say"/>
    /// hears once whom it waits for.
    /// </summary>
    public static async Task<DataFolder> OpenPatientlyAsync(
        string path,
        Func<string, Task> say,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var since = time.GetTimestamp();
        var isSaid = false;
        while (true)
        {
            try
            {
                return Open(path);
            }
            catch (DataFolderException taken)
                when (taken.IsTaken && time.GetElapsedTime(since) < (taken.IsByCommand ? _commandPatience : _serverPatience))
            {
                if (taken.IsByCommand && !isSaid)
                {
                    isSaid = true;
                    await say($"Waiting for process {taken.Holder}, a command that uses the data folder.");
                }
            }

            await Task.Delay(_pause, time, cancellationToken);
        }
    }

    /// <summary>
    /// Creates the folder if need be and takes the lock. Throws <see cref="DataFolderException"/> with a sentence. A server that starts
    /// meanwhile waits for a command (<paramref name="isCommand"/>) and refuses to start beside another server.
    /// </summary>
    public static DataFolder Open(string path, bool isCommand = false)
    {
        var full = System.IO.Path.GetFullPath(path);
        PrivateFiles.FromNowOn();
        try
        {
            Create(full);
            PrivateFiles.Tighten(full);
            PrivateFiles.DemandPlain(full);
            var file = new FileStream(
                System.IO.Path.Combine(full, "appliance.lock"),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
            Sign(System.IO.Path.Combine(full, "appliance.pid"), $"{Environment.ProcessId}{(isCommand ? " " + Command : "")}");
            return new(full, file);
        }
        catch (UnauthorizedAccessException)
        {
            throw new DataFolderException(
                $"The data folder {full} cannot be written; give this user write access, or set APPLIANCE_DATA to another folder.",
                isTaken: false
            );
        }
        catch (IOException exception)
        {
            // A disk that is full or read-only keeps nobody's lock: the number that a process left there would be a wrong track.
            if (DiskRoom.IsMissing(exception))
                throw DataFolderException.Full(full);
            throw IsLocked(exception)
                ? DataFolderException.Taken(full, HolderOf(full))
                : new DataFolderException(
                    $"The data folder {full} cannot be used ({exception.Message.TrimEnd('.')}); it takes a folder that can be "
                        + "written, with room on its disk, or set APPLIANCE_DATA to another one.",
                    isTaken: false
                );
        }
    }

    /// <summary>A file or folder inside.</summary>
    public string In(string name) => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose() => _lockFile.Dispose();

    /// <summary>The number of the process that holds a folder, or held it last; null: not known.</summary>
    public static string? ProcessOf(string path) => HolderOf(System.IO.Path.GetFullPath(path))?.Process;

    private static void Create(string full)
    {
        if (OperatingSystem.IsWindows() || Directory.Exists(full))
            Directory.CreateDirectory(full);
        else
            Directory.CreateDirectory(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // Over the old number, and not by a new file: a full disk has room for what it holds already. Where it has none, nobody's number is
    // better than an old one, and the folder is locked all the same.
    private static void Sign(string path, string words)
    {
        const FileShare everybody = FileShare.ReadWrite | FileShare.Delete;
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, everybody, bufferSize: 0);
        try
        {
            file.Write(Encoding.ASCII.GetBytes(words));
            file.SetLength(words.Length);
        }
        catch (IOException full) when (DiskRoom.IsMissing(full))
        {
            file.SetLength(0);
        }
    }

    // What the framework says for a lock of somebody else: EWOULDBLOCK of Linux and of the BSDs, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsLocked(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    // The lock itself cannot be read while it is held; the number beside it can, and is only for the message and for how long somebody
    // waits. Null: the holder has only just come.
    private static Holder? HolderOf(string full)
    {
        try
        {
            var words = File.ReadAllText(System.IO.Path.Combine(full, "appliance.pid"))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return words.Length > 0 ? new(words[0], words.ElementAtOrDefault(1) == Command) : null;
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

    /// <summary>The number of that process; null: not known.</summary>
    public string? Holder { get; private init; }

    /// <summary>True when that process is a command, which ends soon without anybody's help.</summary>
    public bool IsByCommand { get; private init; }

    /// <summary>True when its disk is full: the next start may succeed.</summary>
    public bool IsFull { get; private init; }

    internal static DataFolderException Full(string folder) =>
        new($"The disk of the data folder {folder} is full. {DiskRoom.Advice}", isTaken: false) { IsFull = true };

    internal static DataFolderException Taken(string folder, Holder? holder) =>
        new(
            $"The data folder {folder} is in use by {(holder is null ? "another process" : $"process {holder.Process}")}; stop it "
                + "first, or set APPLIANCE_DATA to another folder.",
            isTaken: true
        )
        {
            Holder = holder?.Process,
            IsByCommand = holder is { IsCommand: true },
        };
}

/// <summary>The process that holds a data folder.</summary>
/// <param name="Process">Its number.</param>
/// <param name="IsCommand">False: a server.</param>
internal sealed record Holder(string Process, bool IsCommand);
