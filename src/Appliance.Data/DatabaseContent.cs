using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Appliance.Data;

/// <summary>
/// Whether somebody wrote into the database's file past SQLite: emptied it, or copied another one over it. In WAL mode SQLite writes into
/// the file in checkpoints alone, and counts them in the log's index: a file that changed while the index did not was changed by somebody
/// else. Linux only. Thread-safe.
/// </summary>
internal sealed class DatabaseContent : IDisposable
{
    // The file's header (sqlite.org/fileformat.html, 1.3), and the index of the log (walformat.html, 2.1): its header and what the
    // checkpoints did.
    private const int HeaderBytes = 100;
    private const int IndexBytes = 132;
    private const int SaltAt = 32;
    private const int SaltBytes = 8;
    private const int WrittenAt = 96; // nBackfill: frames that are in the file
    private const int BegunAt = 128; // nBackfillAttempted: frames of which a checkpoint has begun to write

    private readonly Lock _gate = new();

    // Both stay open: closing any handle of a file gives away the locks that SQLite has on it in this process.
    private readonly SafeFileHandle _file;
    private readonly SafeFileHandle _index;
    private Look? _known;
    private string? _fault;

    private DatabaseContent(SafeFileHandle file, SafeFileHandle index)
    {
        _file = file;
        _index = index;
    }

    /// <summary>
    /// Begins to watch; to be called while SQLite has the file open. Null where that cannot be done, or where the file is no database.
    /// </summary>
    public static DatabaseContent? Of(string path)
    {
        const FileShare everybody = FileShare.ReadWrite | FileShare.Delete;
        if (!OperatingSystem.IsLinux() || !File.Exists(path + "-shm"))
            return null;
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, everybody);
            var content = new DatabaseContent(file, File.OpenHandle(path + "-shm", FileMode.Open, FileAccess.Read, everybody));
            return content.Fault() is null ? content : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            return null;
        }
    }

    /// <summary>
    /// What was done to the file ("was emptied"), or null. It stays so: SQLite may write parts of the old content over it. A few reads of
    /// the system's memory.
    /// </summary>
    public string? Fault()
    {
        lock (_gate)
        {
            try
            {
                return _fault ??= FaultNow();
            }
            catch (IOException)
            {
                // Going on is right: a disk that fails is told by those who read the database.
                return null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _index.Dispose();
    }

    private string? FaultNow()
    {
        var before = Checkpoints();
        var look = new Look(RandomAccess.GetLength(_file), Convert.ToHexString(Read(_file, HeaderBytes)), before.Done);
        if (look.Bytes == 0)
            return "was emptied";
        if (!Read(_file, HeaderBytes).AsSpan().StartsWith("SQLite format 3\0"u8))
            return "was overwritten by another program, and is no database any more";

        // A checkpoint that writes just now says nothing; the next look will.
        var after = Checkpoints();
        if (before != after || !before.IsIdle)
            return null;
        if (_known is { } known && known.Checkpoints == look.Checkpoints && known != look)
            return "was overwritten by another program";
        _known = look;
        return null;
    }

    private (string Done, bool IsIdle) Checkpoints()
    {
        var index = Read(_index, IndexBytes);
        if (index.Length < IndexBytes)
            return ("", false);
        var written = BinaryPrimitives.ReadUInt32LittleEndian(index.AsSpan(WrittenAt));
        var begun = BinaryPrimitives.ReadUInt32LittleEndian(index.AsSpan(BegunAt));
        return ($"{Convert.ToHexString(index, SaltAt, SaltBytes)} {written} {begun}", written == begun);
    }

    private static byte[] Read(SafeFileHandle file, int count)
    {
        var buffer = new byte[count];
        return buffer[..RandomAccess.Read(file, buffer, 0)];
    }

    private sealed record Look(long Bytes, string Header, string Checkpoints);
}
