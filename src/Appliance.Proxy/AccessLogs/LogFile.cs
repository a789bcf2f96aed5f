using Appliance.Proxy.Epoll;
using Microsoft.Win32.SafeHandles;

namespace Appliance.Proxy.AccessLogs;

/// <summary>When a file of the access log makes room for the next one.</summary>
/// <param name="MostBytes">It is put aside before it is longer than this. 0: never.</param>
/// <param name="MostAge">It is put aside when it is this old. Zero: never.</param>
/// <param name="Kept">How many are kept beside the current one; older ones are deleted.</param>
public readonly record struct LogRotation(long MostBytes, TimeSpan MostAge, int Kept);

/// <summary>
/// A file that lines are appended to. What is put aside is <c>NAME.1</c>, the one before it <c>NAME.2</c>, as logrotate calls them. One
/// thread.
/// </summary>
public sealed class LogFile : IAccessLogSink
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private static readonly TimeSpan _triesAgainAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _rotatesAgainAfter = TimeSpan.FromMinutes(1);
    private readonly string _path;
    private readonly LogRotation _rotation;
    private readonly TimeProvider _time;
    private SafeFileHandle? _file;
    private DateTimeOffset _begun;
    private long _length;
    private long _failedAt;
    private string _failure = "";
    private long _notRotatedAt;

    /// <summary>Opens it. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> when it cannot be written.</summary>
    public LogFile(string path, LogRotation rotation, TimeProvider time)
    {
        (_path, _rotation, _time) = (Path.GetFullPath(path), rotation, time);
        _file = Open();
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> batch, int lines)
    {
        // A disk that is full is not asked again for every batch.
        if (_failedAt != 0 && _time.GetElapsedTime(_failedAt) < _triesAgainAfter)
            throw new IOException(_failure);
        try
        {
            _file ??= Open();
            if (IsDue(batch.Length))
                Rotate();
            Append(_file ??= Open(), batch);
            _failedAt = 0;
        }
        catch (Exception failed)
        {
            (_failedAt, _failure) = (Math.Max(1, _time.GetTimestamp()), failed.Message);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Reopen()
    {
        // Where that fails, lines go on into the file that is open, as nginx does it.
        var opened = Open();
        Close();
        (_file, _failedAt) = (opened, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private bool IsDue(int more) =>
        _length > 0
        && (
            (_rotation.MostBytes > 0 && _length + more > _rotation.MostBytes)
            || (_rotation.MostAge > TimeSpan.Zero && _time.GetUtcNow() - _begun >= _rotation.MostAge)
        )
        && (_notRotatedAt == 0 || _time.GetElapsedTime(_notRotatedAt) >= _rotatesAgainAfter);

    private SafeFileHandle Open()
    {
        var isNew = !Path.Exists(_path);
        if (!isNew && (File.GetAttributes(_path) & FileAttributes.Directory) != 0)
            throw new UnauthorizedAccessException($"{_path} is a folder");
        var file = OperatingSystem.IsLinux()
            ? Libc.OpenToAppend(_path, (int)Mode)
            : File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            _length = RandomAccess.GetLength(file);

            // Readable for the group, as logs are, whatever the process hides otherwise.
            if (isNew && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, Mode);
            _begun = _length == 0 ? _time.GetUtcNow() : File.GetCreationTimeUtc(_path);
            return file;
        }
        catch (NotSupportedException)
        {
            file.Dispose();
            throw new IOException($"{_path} is a pipe or a device; for the standard output write stdout");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // A batch is there whole or not at all: half a line would be read as another one.
    private void Append(SafeFileHandle file, ReadOnlySpan<byte> batch)
    {
        // Somebody may have cut it (logrotate: copytruncate). On Linux the system appends, wherever this says.
        _length = RandomAccess.GetLength(file);
        try
        {
            RandomAccess.Write(file, batch, _length);
            _length += batch.Length;
        }
        catch (IOException)
        {
            // Only our own part: another process may write into it, too.
            if (RandomAccess.GetLength(file) is var length && length > _length && length <= _length + batch.Length)
                RandomAccess.SetLength(file, _length);
            throw;
        }
    }

    // What cannot be put aside is written on: a file that is too long is better than none.
    private void Rotate()
    {
        // Without a place for the next file, the one that is open goes on.
        if (Directory.Exists(_path) || !Directory.Exists(Path.GetDirectoryName(_path)))
        {
            _notRotatedAt = Math.Max(1, _time.GetTimestamp());
            return;
        }

        Close();
        try
        {
            // The current one first: where that fails, no older one has moved. One that an earlier rotation left there goes on with it.
            var aside = $"{_path}.0";
            if (!File.Exists(aside))
            {
                if (!File.Exists(_path))
                    return;
                File.Move(_path, aside);
            }

            for (var number = Math.Max(1, _rotation.Kept); File.Exists($"{_path}.{number}"); number++)
                File.Delete($"{_path}.{number}");
            for (var number = _rotation.Kept - 1; number > 0; number--)
            {
                if (File.Exists($"{_path}.{number}"))
                    File.Move($"{_path}.{number}", $"{_path}.{number + 1}");
            }

            if (_rotation.Kept == 0)
                File.Delete(aside);
            else
                File.Move(aside, $"{_path}.1");
            _notRotatedAt = 0;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            _notRotatedAt = Math.Max(1, _time.GetTimestamp());
        }
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
