using Microsoft.Data.Sqlite;

namespace Appliance.Data;

/// <summary>
/// The first step of a database: its migration, and a hold on its file. On a full disk that step fails, and is tried again by those who
/// want the database, at most once a second, until there is room. Thread-safe.
/// </summary>
/// <param name="folder">Where the database is.</param>
/// <param name="start">The step. It may be called many times; it runs once at a time.</param>
/// <param name="time">The clock.</param>
public sealed class LateStart(string folder, Func<CancellationToken, Task> start, TimeProvider time) : IDisposable
{
    private const int Full = 13; // SQLITE_FULL
    private const int InputOutput = 10; // SQLITE_IOERR
    private const int CannotOpen = 14; // SQLITE_CANTOPEN
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile bool _isDone;
    private long? _failedAt;

    /// <summary>
    /// Takes the step if it is still to be taken. Throws <see cref="SqliteException"/> (SQLITE_FULL) while the disk is full, and whatever
    /// else the step throws.
    /// </summary>
    public async ValueTask DemandAsync(CancellationToken cancellationToken)
    {
        if (_isDone)
            return;
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_isDone)
                return;
            if (_failedAt is { } failed && time.GetElapsedTime(failed) < _pause)
                throw NoRoom();
            await start(cancellationToken);
            _isDone = true;
        }
        catch (Exception exception) when (IsForWantOfRoom(exception))
        {
            _failedAt = time.GetTimestamp();
            throw NoRoom();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Throws <see cref="SqliteException"/> while the step is still to be taken.</summary>
    public void Demand()
    {
        if (!_isDone)
            throw NoRoom();
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private bool IsForWantOfRoom(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: Full }
        || DiskRoom.IsMissing(exception)
        || (exception is SqliteException { SqliteErrorCode: InputOutput or CannotOpen } && DiskRoom.IsMissingIn(folder));

    private static SqliteException NoRoom() => new("The disk of the data folder is full", Full);
}
