using Microsoft.Data.Sqlite;

namespace Appliance.Data.Figures;

/// <summary>
/// The figures of the last day and month in a SQLite file of their own. The file is opened for each use: one that was deleted is made
/// again, and one that cannot be read is set aside. Nothing but the figures hangs on it. For several threads.
/// </summary>
/// <param name="path">The path of the file.</param>
/// <param name="mostBytes">
/// How large its content may become; then the oldest rows of routes, pools and servers go before their time.
/// </param>
public sealed class FigureFile(string path, long mostBytes = FigureFile.MostBytes)
{
    /// <summary>How many minutes are kept: a day, and an hour for days of 25 hours.</summary>
    public const int MinutesKept = 25 * 60;

    /// <summary>How many hours are kept: 31 days.</summary>
    public const int HoursKept = 31 * 24;

    /// <summary>256 MiB: about three million rows.</summary>
    public const long MostBytes = 256L * 1024 * 1024;

    /// <summary>Where a file that cannot be read is put; an earlier one there is replaced.</summary>
    public string SetAside { get; } = path + ".damaged";

    private const int Corrupt = 11; // SQLITE_CORRUPT
    private const int NoDatabase = 26; // SQLITE_NOTADB
    private const int CannotOpen = 14; // SQLITE_CANTOPEN
    private const int BusySeconds = 2;
    private readonly Lock _gate = new();

    // A reader found it: the next writing puts the file aside.
    private bool _isDamaged;

    /// <summary>
    /// Adds what was carried, all of it or nothing, and deletes what is too old with <paramref name="sweeps"/>. True: the file could not be
    /// read, was set aside, and another one begun. Throws <see cref="SqliteException"/>, <see cref="IOException"/>,
    /// <see cref="UnauthorizedAccessException"/> or <see cref="FigureFileException"/>.
    /// </summary>
    public bool Write(IReadOnlyList<FigureMinute> minutes, long now, bool sweeps, bool sweepsAhead = false)
    {
        lock (_gate)
        {
            var wasDamaged = _isDamaged;
            try
            {
                if (wasDamaged)
                    PutAside();
                WriteOnce(minutes, now, sweeps, sweepsAhead);
                return wasDamaged;
            }
            catch (SqliteException broken) when (IsDamage(broken))
            {
                PutAside();
                WriteOnce(minutes, now, sweeps, sweepsAhead);
                return true;
            }
        }
    }

    /// <summary>
    /// What an item carried from one minute or hour to another, both included. A file that is not there has nothing. Throws as
    /// <see cref="Write"/> does; a file that cannot be read is set aside by the next writing.
    /// </summary>
    public FigureSeries Read(FigureItem item, FigureGrain grain, long from, long to)
    {
        lock (_gate)
        {
            if (!File.Exists(path))
                return FigureSeries.None;
            try
            {
                return ReadOnce(item, grain, from, to);
            }
            catch (SqliteException broken) when (IsDamage(broken))
            {
                _isDamaged = true;
                throw;
            }
        }
    }

    private FigureSeries ReadOnce(FigureItem item, FigureGrain grain, long from, long to)
    {
        using var connection = Open();
        using var transaction = connection.BeginTransaction(deferred: true);
        var since = item == FigureItem.Total ? from : Math.Max(from, ReachOf(connection, grain));
        var points = new FigurePoint?[to - from + 1];

        // The whole proxy has a row for each minute in which the process ran.
        foreach (var (at, point) in FigureRows.Read(connection, grain, FigureItem.Total, since, to))
            points[at - from] = item == FigureItem.Total ? point : FigurePoint.None;
        if (item != FigureItem.Total)
        {
            foreach (var (at, point) in FigureRows.Read(connection, grain, item, since, to))
                points[at - from] = point;
        }

        return new(from, [.. points]);
    }

    private static bool IsDamage(SqliteException exception) => exception.SqliteErrorCode is Corrupt or NoDatabase;

    private void WriteOnce(IReadOnlyList<FigureMinute> minutes, long now, bool sweeps, bool sweepsAhead)
    {
        using var connection = Open();

        // Before the rows, and not after: what fails behind their commit would have them written twice.
        Shorten(connection);
        using var transaction = connection.BeginTransaction();
        using (var rows = new FigureRows(connection))
        {
            foreach (var minute in minutes)
            {
                foreach (var (item, point) in minute.Points)
                    rows.Add(minute.Minute, item, point);
            }
        }

        if (sweeps)
            Sweep(connection, now, sweepsAhead);
        transaction.Commit();
    }

    // What is ahead of the clock goes only when it is known that the clock was ahead: it may as well be behind now.
    private static void Sweep(SqliteConnection connection, long now, bool sweepsAhead)
    {
        var hour = now / 60;
        if (sweepsAhead)
            FigureTables.Run(
                connection,
                $"""
                DELETE FROM minute WHERE at > {now + 1};
                DELETE FROM hour WHERE at > {hour + 1};
                UPDATE item SET last = {hour} WHERE last > {hour + 1};
                """
            );
        FigureTables.Run(
            connection,
            $"""
            DELETE FROM minute WHERE at <= {now - MinutesKept};
            DELETE FROM hour WHERE at <= {hour - HoursKept};
            DELETE FROM item WHERE last <= {hour - HoursKept};
            """
        );
    }

    // An hour of minutes goes in one step; where no minutes are left, a day of hours.
    private void Shorten(SqliteConnection connection)
    {
        const int mostSteps = 4;
        for (var step = 0; step < mostSteps && SizeOf(connection) > mostBytes; step++)
        {
            var total = FigureTables.Number(connection, "SELECT number FROM item WHERE length(server) = 0 AND id = zeroblob(16)");
            var grain = OldestOf(connection, FigureGrain.Minute, total) > 0 ? FigureGrain.Minute : FigureGrain.Hour;
            var since = OldestOf(connection, grain, total) + (grain == FigureGrain.Minute ? 60 : 24);
            using var transaction = connection.BeginTransaction();
            FigureTables.Run(
                connection,
                $"""
                DELETE FROM {FigureTables.Name(grain)} WHERE at < {since} AND item <> {total};
                INSERT OR REPLACE INTO reach (grain, since) VALUES ('{FigureTables.Name(grain)}', {since});
                """
            );
            transaction.Commit();
        }
    }

    private static long OldestOf(SqliteConnection connection, FigureGrain grain, long total) =>
        FigureTables.Number(connection, $"SELECT at FROM {FigureTables.Name(grain)} WHERE item <> {total} ORDER BY at LIMIT 1");

    private static long ReachOf(SqliteConnection connection, FigureGrain grain) =>
        FigureTables.Number(connection, $"SELECT since FROM reach WHERE grain = '{FigureTables.Name(grain)}'");

    private static long SizeOf(SqliteConnection connection) =>
        (FigureTables.Number(connection, "PRAGMA page_count") - FigureTables.Number(connection, "PRAGMA freelist_count"))
        * FigureTables.Number(connection, "PRAGMA page_size");

    // NORMAL: a machine that loses power may lose the last minutes, and an SD card is written once or twice a minute.
    private SqliteConnection Open()
    {
        foreach (var name in (string[])[path, path + "-wal", path + "-shm"])
        {
            if (FileKinds.Of(name) is not (FileKind.Missing or FileKind.Plain))
                throw new FigureFileException($"{name} is no file of its own (a link, a folder, a pipe or a device); move it away");
        }

        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Pooling = false,
                DefaultTimeout = BusySeconds,
            }.ConnectionString
        );
        try
        {
            connection.Open();
            FigureTables.Run(connection, $"PRAGMA busy_timeout={BusySeconds * 1000}; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
            FigureTables.Demand(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void PutAside()
    {
        if (File.Exists(path))
            File.Move(path, SetAside, overwrite: true);
        _isDamaged = false;
        File.Delete(path + "-wal");
        File.Delete(path + "-shm");
    }

    /// <summary>What is wrong, for one line of the log, without a full stop at the end; null: it is a bug.</summary>
    public static string? CauseOf(Exception exception) =>
        exception switch
        {
            FigureFileException own => own.Message,
            SqliteException { SqliteErrorCode: CannotOpen } => "It cannot be opened: the rights of the folder, or a full disk",
            SqliteException sqlite when StoreFaults.ExpectedCauseOf(sqlite) is { } => WordsOf(sqlite.SqliteErrorCode),
            SqliteException sqlite => sqlite.Message.TrimEnd('.'),
            IOException or UnauthorizedAccessException => exception.Message.TrimEnd('.'),
            _ => null,
        };

    private static string WordsOf(int code) =>
        code switch
        {
            5 or 6 or 15 => "It is locked by another process",
            8 => "It is read-only",
            10 => "Its disk fails, or is full",
            13 => "Its disk is full",
            _ => "It is damaged",
        };
}
