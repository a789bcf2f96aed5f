using Appliance.Data.Figures;
using Appliance.Testing;
using Microsoft.Data.Sqlite;

namespace Appliance.EndToEnd.Tests;

/// <summary>The file of figures of a whole product: stops, kills, and a disk that is full. Nothing else depends on it.</summary>
public sealed class FiguresTests
{
    private const string Config = """
        { "routes": [ { "name": "all", "path": "/", "action": { "kind": "respond", "status": 200, "body": "hello" } } ] }
        """;

    private readonly long _before = (DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 60) - 1;

    [Fact]
    public async Task StopAndStart_KeepWhatWasCarried()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        (await product.ApplyAsync(Config)).ExitCode.ShouldBe(0);
        await AskAsync(product, 7);
        (await product.TerminateAsync()).ShouldBe(0);
        Requests(product).ShouldBe(7);

        await product.StartAsync();
        await AskAsync(product, 5);
        (await product.TerminateAsync()).ShouldBe(0);
        Requests(product).ShouldBe(12);

        // Others of this machine cannot read who was asked how often.
        if (OperatingSystem.IsLinux())
            File.GetUnixFileMode(FileOf(product)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Kill_LosesAtMostTheMinuteUnderWay()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        (await product.ApplyAsync(Config)).ExitCode.ShouldBe(0);
        await AskAsync(product, 7);
        (await product.TerminateAsync()).ShouldBe(0);
        await product.StartAsync();
        await AskAsync(product, 5);
        await product.KillAsync();
        Requests(product).ShouldBeInRange(7, 12);

        await product.StartAsync();
        await AskAsync(product, 1);
        (await product.TerminateAsync()).ShouldBe(0);
        Requests(product).ShouldBeInRange(8, 13);
        product.Output.ShouldNotContain("history of figures");
    }

    [Theory]
    [InlineData("damaged")]
    [InlineData("folder")]
    public async Task FileThatCannotBeUsed_IsALineInTheLogAndAnsweredRequests(string how)
    {
        await using var product = new ApplianceProcess();
        Directory.CreateDirectory(product.Data);
        var file = FileOf(product);
        if (how == "folder")
            Directory.CreateDirectory(file);
        else
            await File.WriteAllTextAsync(file, new string('x', 9000));

        await product.StartAsync();
        (await product.ApplyAsync(Config)).ExitCode.ShouldBe(0);
        await AskAsync(product, 3);
        (await product.TerminateAsync()).ShouldBe(0);
        if (how == "folder")
        {
            product.Output.ShouldContain("The history of figures (figures.db) cannot be written");
            Directory.Exists(file).ShouldBeTrue();
        }
        else
        {
            product.Output.ShouldContain("The history of figures (figures.db) was damaged.");
            Requests(product).ShouldBe(3);
        }
    }

    [Fact]
    public async Task ReadOnlyDisk_IsSaidAndCostsNothingThatWasKept()
    {
        await using var product = new ApplianceProcess();
        using var disk = SmallDisk.Mount(product.Data);
        if (disk is null)
            return;
        await product.StartAsync();
        (await product.ApplyAsync(Config)).ExitCode.ShouldBe(0);
        await AskAsync(product, 3);
        (await product.TerminateAsync()).ShouldBe(0);
        disk.MakeReadOnly();
        var file = new FigureFile(FileOf(product));
        var refused = Should.Throw<SqliteException>(() => file.Write([], _before, sweeps: false));
        FigureFile.CauseOf(refused).ShouldBeOneOf("It is read-only", "It cannot be opened: the rights of the folder, or a full disk");
        disk.MakeWritable();
        Requests(product).ShouldBe(3);
    }

    [Fact]
    public async Task FullDisk_RequestsAreAnsweredAndAStopIsAStop()
    {
        await using var product = new ApplianceProcess();
        using var disk = SmallDisk.Mount(product.Data);
        if (disk is null)
            return;
        await product.StartAsync();
        (await product.ApplyAsync(Config)).ExitCode.ShouldBe(0);
        await AskAsync(product, 3);
        disk.Fill();
        await AskAsync(product, 3);
        (await product.TerminateAsync()).ShouldBe(0);
        product.Output.ShouldContain("The history of figures (figures.db) cannot be written");
        disk.Empty();
        await product.StartAsync();
        await AskAsync(product, 4);
        (await product.TerminateAsync()).ShouldBe(0);
        Requests(product).ShouldBeInRange(4, 10);
    }

    private static async Task AskAsync(ApplianceProcess product, int count)
    {
        for (var request = 0; request < count; request++)
            (await RawHttp.GetAsync(product.HttpPort, "/")).Status.ShouldBe(200);
    }

    private static string FileOf(ApplianceProcess product) => Path.Combine(product.Data, "figures.db");

    private long Requests(ApplianceProcess product)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 60;
        return new FigureFile(FileOf(product)).Read(FigureItem.Total, FigureGrain.Minute, _before, now + 1).Sum().Requests;
    }
}
