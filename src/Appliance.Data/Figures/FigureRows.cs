using Microsoft.Data.Sqlite;

namespace Appliance.Data.Figures;

/// <summary>Writes points into the two tables, each added to what is there already. One for a transaction.</summary>
internal sealed class FigureRows : IDisposable
{
    private const string Names = "c1, c2, c3, c4, c5, bytes_in, bytes_out, sockets_opened, sockets_most, messages, socket_bytes, latencies";

    private readonly SqliteCommand _number;
    private readonly (SqliteCommand Find, SqliteCommand Put) _minute;
    private readonly (SqliteCommand Find, SqliteCommand Put) _hour;

    public FigureRows(SqliteConnection connection)
    {
        _number = Prepare(
            connection,
            "INSERT INTO item (id, server, last) VALUES ($0, $1, $2) "
                + "ON CONFLICT (id, server) DO UPDATE SET last = max(last, excluded.last) RETURNING number",
            3
        );
        _minute = Of(connection, FigureGrain.Minute);
        _hour = Of(connection, FigureGrain.Hour);
    }

    /// <summary>Adds a point to its minute and to its hour.</summary>
    public void Add(long minute, FigureItem item, FigurePoint point)
    {
        var hour = minute / 60;
        var number = NumberOf(item, hour);
        Add(_minute, minute, number, point);
        Add(_hour, hour, number, point);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[_number, _minute.Find, _minute.Put, _hour.Find, _hour.Put])
            command.Dispose();
    }

    /// <summary>An item's points of a span, of those minutes or hours in which it has a row.</summary>
    public static IEnumerable<(long At, FigurePoint Point)> Read(
        SqliteConnection connection,
        FigureGrain grain,
        FigureItem item,
        long from,
        long to
    )
    {
        using var command = Prepare(
            connection,
            "WITH RECURSIVE span (at) AS (SELECT $2 UNION ALL SELECT at + 1 FROM span WHERE at < $3) "
                + $"SELECT {Names}, row.at FROM span CROSS JOIN {FigureTables.Name(grain)} AS row "
                + "ON row.at = span.at AND row.item = (SELECT number FROM item WHERE id = $0 AND server = $1)",
            4
        );
        Set(command, item.Id.ToByteArray(), item.Server, from, to);
        using var reader = command.ExecuteReader();
        while (reader.Read())
            yield return (reader.GetInt64(12), PointOf(reader));
    }

    private static (SqliteCommand Find, SqliteCommand Put) Of(SqliteConnection connection, FigureGrain grain) =>
        (
            Prepare(connection, $"SELECT {Names} FROM {FigureTables.Name(grain)} WHERE at = $0 AND item = $1", 2),
            Prepare(
                connection,
                $"INSERT OR REPLACE INTO {FigureTables.Name(grain)} (at, item, {Names}) "
                    + $"VALUES ({string.Join(", ", Enumerable.Range(0, 14).Select(number => $"${number}"))})",
                14
            )
        );

    private long NumberOf(FigureItem item, long hour)
    {
        Set(_number, item.Id.ToByteArray(), item.Server, hour);
        return (long)_number.ExecuteScalar()!; // RETURNING gives a number
    }

    private static void Add((SqliteCommand Find, SqliteCommand Put) table, long at, long number, FigurePoint point)
    {
        Set(table.Find, at, number);
        using (var reader = table.Find.ExecuteReader())
        {
            if (reader.Read())
                point = PointOf(reader).Add(point);
        }

        Set(
            table.Put,
            at,
            number,
            point.Informational,
            point.Success,
            point.Redirection,
            point.ClientErrors,
            point.ServerErrors,
            point.BytesIn,
            point.BytesOut,
            point.SocketsOpened,
            point.MostSockets,
            point.Messages,
            point.SocketBytes,
            point.Latencies.Packed.ToArray()
        );
        table.Put.ExecuteNonQuery();
    }

    private static FigurePoint PointOf(SqliteDataReader reader) =>
        new()
        {
            Informational = reader.GetInt64(0),
            Success = reader.GetInt64(1),
            Redirection = reader.GetInt64(2),
            ClientErrors = reader.GetInt64(3),
            ServerErrors = reader.GetInt64(4),
            BytesIn = reader.GetInt64(5),
            BytesOut = reader.GetInt64(6),
            SocketsOpened = reader.GetInt64(7),
            MostSockets = reader.GetInt64(8),
            Messages = reader.GetInt64(9),
            SocketBytes = reader.GetInt64(10),
            Latencies = LatencyCounts.Read(reader.GetFieldValue<byte[]>(11)),
        };

    private static SqliteCommand Prepare(SqliteConnection connection, string text, int parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        for (var number = 0; number < parameters; number++)
            command.Parameters.Add(new SqliteParameter { ParameterName = $"${number}" });
        return command;
    }

    private static void Set(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var number = 0; number < values.Length; number++)
            command.Parameters[number].Value = values[number];
    }
}
