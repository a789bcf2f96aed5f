using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Appliance.Data;

/// <summary>
/// The database's file as this process found it. SQLite goes on reading and writing a file that was deleted, replaced or overwritten, so
/// everything that is stored from then on would be gone at the next start. Before each use the file is asked whether it is still the one
/// that was opened.
/// </summary>
public sealed class DatabaseFile : IDisposable
{
    private const int InputOutput = 10; // SQLITE_IOERR
    private const int Full = 13; // SQLITE_FULL
    private const int CannotOpen = 14; // SQLITE_CANTOPEN
    private readonly string _path;

    // Keeps a deleted file's content within reach, with its log and its index.
    private readonly SqliteConnection _keeper;
    private Identity? _identity;
    private DatabaseContent? _content;

    private DatabaseFile(string path)
    {
        _path = path;
        _keeper = new($"Data Source={path};Pooling=False");
    }

    /// <summary>The same as <see cref="At"/> with <see cref="TakeHold"/>, for a disk that has room.</summary>
    public static DatabaseFile Open(string path)
    {
        var file = At(path);
        file.TakeHold();
        return file;
    }

    /// <summary>The file of this path; it is not looked at before <see cref="TakeHold"/>.</summary>
    public static DatabaseFile At(string path) => new(path);

    /// <summary>
    /// Opens the file, which must exist, and holds it from then on. A file that is no database is held, too: those who read it hear of it.
    /// Throws <see cref="SqliteException"/> when the disk is full or fails; then it can be called again.
    /// </summary>
    public void TakeHold()
    {
        try
        {
            _keeper.Close();
            Hold();
        }
        catch (SqliteException broken) when (broken.SqliteErrorCode is not (Full or InputOutput or CannotOpen))
        {
            // Going on is right: a broken file is told by those who read it, and there is nothing in it to keep.
        }

        _identity = Identity.Of(_path);
    }

    /// <summary>
    /// Why nothing can be stored, as a sentence, or null. A look at the file's name and at its first bytes; costs microseconds.
    /// </summary>
    public string? Fault()
    {
        if (!File.Exists(_path))
            return $"The database file {_path} was deleted while this process ran; \"appliance restore --last-good\" writes it again.";
        if (Identity.Of(_path) is { } now && _identity is { } opened && now != opened)
            return $"The database file {_path} was replaced while this process ran; restart it to use the other one.";
        return _content?.Fault() is { } what
            ? $"The database file {_path} {what} while this process ran: nothing can be stored. {StoreFaults.Replace}"
            : null;
    }

    /// <summary>Throws <see cref="SqliteException"/> with the sentence of <see cref="Fault"/>.</summary>
    public void Demand()
    {
        if (Fault() is { } fault)
            throw new SqliteException(fault.TrimEnd('.'), CannotOpen);
    }

    /// <summary>
    /// Writes what a deleted file held to its old place, whole: config, accounts, certificates, audit. Throws <see cref="SqliteException"/>
    /// or <see cref="IOException"/> when that cannot be done; then nothing has changed.
    /// </summary>
    public void Rescue()
    {
        if (File.Exists(_path))
            throw new IOException($"There is a file at {_path}; nothing is written over it.");
        var unfinished = _path + ".unfinished";
        File.Delete(unfinished);
        CopyTo(unfinished);

        // The log and the index of the deleted file, where only the database itself was deleted, belong to no file that comes after it.
        File.Delete(_path + "-wal");
        File.Delete(_path + "-shm");
        File.Move(unfinished, _path);
        SqliteConnection.ClearAllPools();
        _keeper.Close();
        _content?.Dispose();
        _content = null;
        Hold();
        _identity = Identity.Of(_path);
    }

    /// <summary>
    /// Before the process ends: what a deleted file held goes with it, so it is kept as another file. Returns the sentence to be said;
    /// null: the file is where it was. Never throws: what cannot be kept is said.
    /// </summary>
    public string? KeepAtStop()
    {
        if (File.Exists(_path))
            return Fault();
        var kept = _path + ".rescued";
        try
        {
            // An earlier one may be all that is left of accounts and audit.
            for (var number = 2; File.Exists(kept); number++)
                kept = $"{_path}.rescued.{number}";
            CopyTo(kept);
            return $"The database file {_path} was deleted while this process ran. What was in it is kept as {kept}: rename it to "
                + $"{_path} before the next start to have everything "
                + "back. Otherwise the next start serves what ran last (last-good.json), without accounts, certificates and audit.";
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            return $"The database file {_path} was deleted while this process ran, and what was in it cannot be kept "
                + $"({exception.Message.TrimEnd('.')}): accounts, certificates and the "
                + "audit are gone. The next start serves what ran last (last-good.json).";
        }
    }

    /// <summary>
    /// What <see cref="KeepAtStop"/> of earlier processes kept beside the database, and what to do with it, as sentences; null: no such
    /// file lies there. For a database that was lost. Never throws.
    /// </summary>
    public string? KeptBefore()
    {
        string? newest = null;
        try
        {
            newest = Directory
                .GetFiles(Path.GetDirectoryName(Path.GetFullPath(_path))!, Path.GetFileName(_path) + ".rescued*") // a file has a folder
                .Where(file => !Path.GetFileName(file).Contains('-', StringComparison.Ordinal)) // logs of SQLite
                .MaxBy(File.GetLastWriteTimeUtc);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Going on is right: what cannot be looked for is not named.
        }

        if (newest is null)
            return null;
        return $"{newest} is what was in a database file that was deleted while Appliance ran, with accounts, certificates and audit. "
            + $"To have it back: stop Appliance, delete {_path}-wal and {_path}-shm, rename that file to {_path}, and start.";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The pooled connections go first. Closing the handles of the look below gives away their locks, and another process that closes
        // the file would take its log away from under them: they would read, and write, what no file is any more.
        SqliteConnection.ClearAllPools();
        _keeper.Dispose();
        _content?.Dispose();
    }

    private void CopyTo(string path)
    {
        using var target = new SqliteConnection($"Data Source={path};Pooling=False");
        target.Open();
        _keeper.BackupDatabase(target);
    }

    private void Hold()
    {
        _keeper.Open();

        // The log and the index are opened by the first look.
        using var look = _keeper.CreateCommand();
        look.CommandText = "SELECT count(*) FROM sqlite_master";
        look.ExecuteScalar();

        // After a crash the index says that all of the log is still to be written; with this it says what was.
        look.CommandText = "PRAGMA wal_checkpoint(PASSIVE)";
        look.ExecuteScalar();
        _content = DatabaseContent.Of(_path);
    }

    // Device and number of a file. Null where the system does not tell: then only a missing file is noticed.
    private sealed record Identity(uint Major, uint Minor, ulong Number)
    {
        // struct statx, the same on every architecture (linux/stat.h): stx_ino at 32, stx_dev_major at 136, stx_dev_minor at 140.
        private const int BufferBytes = 256;
        private const int WorkingDirectory = -100; // AT_FDCWD
        private const uint WantsNumber = 0x100; // STATX_INO

        public static Identity? Of(string path)
        {
            if (!OperatingSystem.IsLinux())
                return null;
            var buffer = new byte[BufferBytes];
            try
            {
                return Stat(WorkingDirectory, Encoding.UTF8.GetBytes(path + "\0"), 0, WantsNumber, buffer) == 0
                    ? new(
                        BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(136)),
                        BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(140)),
                        BinaryPrimitives.ReadUInt64LittleEndian(buffer.AsSpan(32))
                    )
                    : null;
            }
            catch (EntryPointNotFoundException)
            {
                return null;
            }
        }

        [DllImport("libc", EntryPoint = "statx")]
        private static extern int Stat(int directory, byte[] path, int flags, uint mask, byte[] buffer);
    }
}
