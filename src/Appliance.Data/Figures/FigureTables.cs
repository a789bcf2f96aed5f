using Microsoft.Data.Sqlite;

namespace Appliance.Data.Figures;

/// <summary>The tables of the file of figures, and what says that a file is one.</summary>
internal static class FigureTables
{
    /// <summary>Stands in the head of the file, so that another database is not taken for one: "AppF".</summary>
    private const int Application = 0x41707046;

    /// <summary>The format that this version writes.</summary>
    private const int Format = 1;

    // Rows are clustered by time: a minute is written at the end, the oldest are deleted from the beginning, and an item is found by one
    // look for each minute.
    private const string Columns = """
        at INTEGER NOT NULL,
        item INTEGER NOT NULL,
        c1 INTEGER NOT NULL,
        c2 INTEGER NOT NULL,
        c3 INTEGER NOT NULL,
        c4 INTEGER NOT NULL,
        c5 INTEGER NOT NULL,
        bytes_in INTEGER NOT NULL,
        bytes_out INTEGER NOT NULL,
        sockets_opened INTEGER NOT NULL,
        sockets_most INTEGER NOT NULL,
        messages INTEGER NOT NULL,
        socket_bytes INTEGER NOT NULL,
        latencies BLOB NOT NULL,
        PRIMARY KEY (at, item)
        """;

    private static readonly string _create = $"""
        CREATE TABLE item (
            number INTEGER PRIMARY KEY,
            id BLOB NOT NULL,
            server TEXT NOT NULL,
            last INTEGER NOT NULL,
            UNIQUE (id, server)
        );
        CREATE TABLE minute ({Columns}) WITHOUT ROWID;
        CREATE TABLE hour ({Columns}) WITHOUT ROWID;
        CREATE TABLE reach (grain TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
        PRAGMA application_id = {Application};
        PRAGMA user_version = {Format};
        """;

    /// <summary>The name of the table.</summary>
    public static string Name(FigureGrain grain) => grain == FigureGrain.Minute ? "minute" : "hour";

    /// <summary>
    /// Makes the tables in an empty file. Throws <see cref="FigureFileException"/> for a file that is another one's or a newer version's.
    /// </summary>
    public static void Demand(SqliteConnection connection)
    {
        var application = Number(connection, "PRAGMA application_id");
        var format = Number(connection, "PRAGMA user_version");
        if (application == Application && format == Format)
            return;
        if (application == Application)
            throw new FigureFileException(
                $"It was written by another version of Appliance (format {format}, this version writes {Format}); it stays as it is"
            );
        if (application != 0 || format != 0 || Number(connection, "SELECT count(*) FROM sqlite_master") > 0)
            throw new FigureFileException("It is a database of another program; it stays as it is");
        using var transaction = connection.BeginTransaction();
        Run(connection, _create);
        transaction.Commit();
    }

    /// <summary>Runs statements.</summary>
    public static void Run(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    /// <summary>The number that a statement answers; 0: none.</summary>
    public static long Number(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar() is long number ? number : 0;
    }
}
