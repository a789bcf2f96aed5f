using Appliance.Proxy.Items;

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
    private readonly string _path;
    private readonly LogRotation _rotation;
    private readonly TimeProvider _time;
    private FileStream? _file;
    private DateTimeOffset _begun;
    private long _failedAt;

    /// <summary>Opens it. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> when it cannot be written.</summary>
    public LogFile(string path, LogRotation rotation, TimeProvider time)
    {
        (_path, _rotation, _time) = (Path.GetFullPath(path), rotation, time);
        Open();
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> batch, int lines)
    {
        // A disk that is full is not asked again for every batch.
        if (_failedAt != 0 && _time.GetElapsedTime(_failedAt) < _triesAgainAfter)
            throw new IOException("it cannot be written");
        try
        {
            if (_file is null)
                Open();
            if (IsDue(batch.Length))
                Rotate();
            Append(batch);
            _failedAt = 0;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            _failedAt = Math.Max(1, _time.GetTimestamp());
            throw;
        }
    }

    /// <inheritdoc/>
    public void Reopen()
    {
        Close();
        Open();
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private bool IsDue(int more) =>
        _file is { Length: > 0 and var length }
        && (
            (_rotation.MostBytes > 0 && length + more > _rotation.MostBytes)
            || (_rotation.MostAge > TimeSpan.Zero && _time.GetUtcNow() - _begun >= _rotation.MostAge)
        );

    private void Open()
    {
        var isNew = !File.Exists(_path);
        var file = new FileStream(
            _path,
            new FileStreamOptions
            {
                Mode = FileMode.Append,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
            }
        );

        // Readable for the group, as logs are, whatever the process hides otherwise.
        if (isNew && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(file.SafeFileHandle, Mode);
        _begun = file.Length == 0 ? _time.GetUtcNow() : File.GetCreationTimeUtc(_path);
        _file = file;
    }

    // A batch is there whole or not at all: half a line would be read as another one.
    private void Append(ReadOnlySpan<byte> batch)
    {
        var file = _file!; // it was opened
        var before = file.Length;
        try
        {
            file.Write(batch);
        }
        catch (IOException)
        {
            Close();
            using var cut = new FileStream(_path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            if (cut.Length > before)
                cut.SetLength(before);
            throw;
        }
    }

    private void Rotate()
    {
        Close();
        if (_rotation.Kept == 0)
        {
            File.Delete(_path);
        }
        else
        {
            File.Delete($"{_path}.{_rotation.Kept}");
            for (var number = _rotation.Kept - 1; number > 0; number--)
            {
                if (File.Exists($"{_path}.{number}"))
                    File.Move($"{_path}.{number}", $"{_path}.{number + 1}");
            }

            File.Move(_path, $"{_path}.1");
        }

        Open();
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
