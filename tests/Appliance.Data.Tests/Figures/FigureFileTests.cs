using Appliance.Data.Figures;
using Microsoft.Data.Sqlite;

namespace Appliance.Data.Tests.Figures;

public sealed class FigureFileTests : IDisposable
{
    private const long Now = 29_000_000; // 2025-02-19
    private static readonly FigureItem _chat = FigureItem.Of(Guid.NewGuid());
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("appliance-figures-");

    private string Place => Path.Combine(_folder.FullName, "figures.db");

    private FigureFile Figures => new(Place);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Read_NoFile_KnowsNothing() => Figures.Read(_chat, FigureGrain.Minute, Now - 10, Now).ShouldBe(FigureSeries.None);

    [Fact]
    public void Read_MinutesThatDidNotRun_AreGapsAndQuietOnesAreZero()
    {
        Write(Now - 3, 5);
        Write(Now - 1, null);
        var minutes = Figures.Read(_chat, FigureGrain.Minute, Now - 4, Now);
        minutes.From.ShouldBe(Now - 4);
        minutes.Points.Select(point => point?.Requests).ShouldBe([null, 5, null, 0, null]);
        Figures
            .Read(FigureItem.Total, FigureGrain.Minute, Now - 4, Now)
            .Points.Select(point => point?.Requests)
            .ShouldBe([null, 5, null, 0, null]);
    }

    [Fact]
    public void Read_Point_IsWhatWasWritten()
    {
        var counts = new uint[Proxy.Traffic.LatencyHistogram.Buckets];
        counts[30] = 12;
        var point = new FigurePoint
        {
            Informational = 1,
            Success = 2,
            Redirection = 3,
            ClientErrors = 4,
            ServerErrors = 5,
            BytesIn = 6,
            BytesOut = long.MaxValue / 4,
            SocketsOpened = 8,
            MostSockets = 9,
            Messages = 10,
            SocketBytes = 11,
            Latencies = LatencyCounts.Of(counts),
        };
        var server = new FigureItem(_chat.Id, "http://10.0.0.1:80");
        Figures.Write([new(Now, [new(FigureItem.Total, point), new(server, point)])], Now, sweeps: true);
        var read = Figures.Read(server, FigureGrain.Minute, Now, Now).Points[0].ShouldNotBeNull();
        (read with { Latencies = point.Latencies }).ShouldBe(point);
        read.Latencies.Packed.ToArray().ShouldBe(point.Latencies.Packed.ToArray());
        Figures.Read(_chat, FigureGrain.Minute, Now, Now).Points[0].ShouldBe(FigurePoint.None, "a pool is not its server");
    }

    [Fact]
    public void Write_SameMinuteAgain_IsAdded()
    {
        // As after a restart within a minute, or a clock that was put back.
        Write(Now, 3, most: 4);
        Write(Now, 4, most: 2);
        var minute = Figures.Read(_chat, FigureGrain.Minute, Now, Now).Points[0].ShouldNotBeNull();
        (minute.Requests, minute.MostSockets).ShouldBe((7, 4));
    }

    [Fact]
    public void Hour_IsTheSumOfItsMinutes()
    {
        var first = Now / 60 * 60;
        Write(first - 1, 100);
        for (var minute = 0; minute < 60; minute++)
            Write(first + minute, minute == 7 ? null : 2, most: minute);
        var hours = Figures.Read(_chat, FigureGrain.Hour, (first / 60) - 2, first / 60);
        hours.Points.Select(point => point?.Requests).ShouldBe([null, 100, 118]);
        hours.Points[2].ShouldNotBeNull().MostSockets.ShouldBe(59);
    }

    [Fact]
    public void Sweep_DeletesWhatIsTooOldOrAhead()
    {
        long[] minutes = [Now - (32 * 24 * 60), Now - FigureFile.MinutesKept, Now - FigureFile.MinutesKept + 1, Now, Now + 600];
        foreach (var minute in minutes)
            Write(minute, 1);
        Count("minute").ShouldBe(10, "without a sweep nothing goes");
        Figures.Write([new(Now, [new(FigureItem.Total, FigurePoint.None)])], Now, sweeps: true);
        Count("minute").ShouldBe(6, "the clock may be behind: what is ahead of it stays");
        Figures.Write([], Now, sweeps: true, sweepsAhead: true);
        Count("minute").ShouldBe(4);
        Count("hour").ShouldBe(4, "that of a day ago, and this one");
        Count("item").ShouldBe(2);

        // After a month without it, an item is forgotten.
        var later = Now + (32 * 24 * 60);
        Figures.Write([new(later, [new(FigureItem.Total, FigurePoint.None)])], later, sweeps: true);
        (Count("minute"), Count("hour"), Count("item")).ShouldBe((1, 1, 1));
    }

    [Fact]
    public void Write_TooLarge_ShortensRoutesAndNotTheWholeProxy()
    {
        var small = new FigureFile(Place, mostBytes: 400_000);
        var items = Enumerable.Range(0, 100).Select(_ => FigureItem.Of(Guid.NewGuid())).ToArray();
        for (var minute = 0; minute < 240; minute += 10)
        {
            var point = FigurePoint.None with { Success = 1_000_000, BytesOut = long.MaxValue / 1000 };
            small.Write(
                [
                    .. Enumerable
                        .Range(minute, 10)
                        .Select(at => new FigureMinute(
                            Now + at,
                            [new(FigureItem.Total, point), .. items.Select(item => KeyValuePair.Create(item, point))]
                        )),
                ],
                Now + minute,
                sweeps: false
            );
        }

        new FileInfo(Place).Length.ShouldBeLessThan(900_000);
        var total = small.Read(FigureItem.Total, FigureGrain.Minute, Now, Now + 239);
        total.Points.ShouldAllBe(point => point != null);
        var route = small.Read(items[0], FigureGrain.Minute, Now, Now + 239);
        route.Points[0].ShouldBeNull("it is not known any more, and not zero");
        route.Points[^1].ShouldNotBeNull().Success.ShouldBe(1_000_000);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("half")]
    [InlineData("pages")]
    public void Write_DamagedFile_IsSetAsideAndBegunAgain(string how)
    {
        WriteAll(Now - 200, 200);
        var bytes = File.ReadAllBytes(Place);
        if (how == "text")
            bytes.AsSpan().Fill((byte)'x');
        else if (how == "half")
            bytes = bytes[..(bytes.Length / 2)];
        else
            bytes.AsSpan(4096).Fill(0xEE);
        File.WriteAllBytes(Place, bytes);

        Write(Now, 4).ShouldBeTrue();
        File.ReadAllBytes(Figures.SetAside).ShouldBe(bytes);
        Figures.Read(_chat, FigureGrain.Minute, Now, Now).Points[0].ShouldNotBeNull().Requests.ShouldBe(4);
        Write(Now, 1).ShouldBeFalse();
    }

    [Fact]
    public void Read_DamageThatNoWritingMeets_IsSetAsideByTheNext()
    {
        WriteAll(Now - 400, 400);
        var figures = Figures;
        var bytes = File.ReadAllBytes(Place);
        var page = LeafOf("minute");
        bytes.AsSpan((page - 1) * 4096, 4096).Fill(0xEE);
        File.WriteAllBytes(Place, bytes);
        Should.Throw<SqliteException>(() => figures.Read(_chat, FigureGrain.Minute, Now - 399, Now));
        figures.Write([new(Now, [new(FigureItem.Total, FigurePoint.None)])], Now, sweeps: false).ShouldBeTrue();
        figures.Read(_chat, FigureGrain.Minute, Now, Now).Points[0].ShouldBe(FigurePoint.None);
    }

    [Fact]
    public void Write_NewerFormat_IsLeftAsItIs()
    {
        Write(Now, 1);
        Run("PRAGMA user_version = 2");
        var bytes = File.ReadAllBytes(Place);
        var refused = Should.Throw<FigureFileException>(() => Write(Now, 1));
        refused.Message.ShouldContain("format 2, this version writes 1");
        FigureFile.CauseOf(refused).ShouldBe(refused.Message);
        File.ReadAllBytes(Place).ShouldBe(bytes);
        File.Exists(Figures.SetAside).ShouldBeFalse();
    }

    [Fact]
    public void Write_DatabaseOfAnotherProgram_IsLeftAsItIs()
    {
        Run("CREATE TABLE other (name TEXT)");
        Should.Throw<FigureFileException>(() => Write(Now, 1)).Message.ShouldContain("another program");
        Count("other").ShouldBe(0);
    }

    [Fact]
    public void Write_LinkInItsPlace_IsNotFollowed()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var target = Path.Combine(_folder.FullName, "elsewhere");
        File.CreateSymbolicLink(Place, target);
        Should.Throw<FigureFileException>(() => Write(Now, 1)).Message.ShouldContain("move it away");
        File.Exists(target).ShouldBeFalse();
    }

    [Fact]
    public void Write_Locked_SaysSoAndWorksAfterwards()
    {
        Write(Now, 1);
        using (var other = Connect())
        {
            using var exclusive = other.BeginTransaction();
            FigureFile.CauseOf(Should.Throw<SqliteException>(() => Write(Now, 1))).ShouldBe("It is locked by another process");
        }

        Write(Now, 1);
        Figures.Read(_chat, FigureGrain.Minute, Now, Now).Points[0].ShouldNotBeNull().Requests.ShouldBe(2);
    }

    // What a process that is killed leaves: the file and its log, with a part of a transaction.
    [Fact]
    public void Read_KilledInTheMiddleOfAWriting_HasAllBeforeIt()
    {
        Write(Now - 1, 3);
        var copy = Path.Combine(_folder.FullName, "copy.db");
        using (var killed = Connect())
        {
            using var spills = killed.CreateCommand();
            spills.CommandText = "PRAGMA cache_size = 2; PRAGMA cache_spill = 1";
            spills.ExecuteNonQuery();
            using var transaction = killed.BeginTransaction();
            using var rows = new FigureRows(killed);
            for (var row = 0; row < 2000; row++)
                rows.Add(Now, FigureItem.Of(Guid.NewGuid()), FigurePoint.None with { Success = row });
            File.Copy(Place, copy);
            File.Copy(Place + "-wal", copy + "-wal");
        }

        new FileInfo(copy + "-wal").Length.ShouldBeGreaterThan(20_000, "a part was written");
        var left = new FigureFile(copy);
        left.Read(_chat, FigureGrain.Minute, Now - 1, Now).Points.Select(point => point?.Requests).ShouldBe([3, null]);
        left.Write([new(Now, [new(_chat, FigurePoint.None with { Success = 2 })])], Now, sweeps: false).ShouldBeFalse();
    }

    [Fact]
    public void Write_Deleted_BeginsAnother()
    {
        Write(Now, 1);
        File.Delete(Place);
        Write(Now, 5).ShouldBeFalse();
        Figures.Read(_chat, FigureGrain.Minute, Now, Now).Points[0].ShouldNotBeNull().Requests.ShouldBe(5);
    }

    [Fact]
    public void Write_FolderIsGone_SaysWhy()
    {
        var lost = new FigureFile(Path.Combine(_folder.FullName, "none", "figures.db"));
        var refused = Should.Throw<SqliteException>(() => lost.Write([], Now, sweeps: false));
        FigureFile.CauseOf(refused).ShouldNotBeNull().ShouldStartWith("It cannot be opened");
    }

    private void WriteAll(long from, int count) =>
        Figures.Write(
            [.. Enumerable.Range(0, count).Select(minute => new FigureMinute(from + minute, Points(minute)))],
            from + count,
            sweeps: false
        );

    private static KeyValuePair<FigureItem, FigurePoint>[] Points(long requests) =>
        [.. new[] { FigureItem.Total, _chat }.Select(item => KeyValuePair.Create(item, FigurePoint.None with { Success = requests }))];

    private bool Write(long minute, long? requests, long most = 0)
    {
        var point = FigurePoint.None with { Success = requests ?? 0, MostSockets = most };
        KeyValuePair<FigureItem, FigurePoint>[] points = requests is null
            ? [new(FigureItem.Total, point)]
            : [new(FigureItem.Total, point), new(_chat, point)];
        return Figures.Write([new(minute, points)], minute, sweeps: false);
    }

    private long Count(string table)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {table}";
        return (long)command.ExecuteScalar()!; // a count is a number
    }

    // The first leaf of a table.
    private int LeafOf(string table)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT rootpage FROM sqlite_master WHERE name = '{table}'";
        var root = (int)(long)command.ExecuteScalar()!; // the table is there
        var bytes = File.ReadAllBytes(Place);
        var start = (root - 1) * 4096;
        bytes[start].ShouldBe((byte)2, "the table has more than one page");
        // The first cell of an interior page begins with the number of its left child.
        var cell = start + System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(start + 12));
        return System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(cell));
    }

    private void Run(string text)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Place};Pooling=False");
        connection.Open();
        return connection;
    }
}
