using Appliance.Proxy.AccessLogs;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.AccessLogs;

public sealed class LogFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("access-log-");
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    private string LogPath => Path.Combine(_folder.FullName, "access.log");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Write_OverItsSize_PutsTheFileAsideAndKeepsSoMany()
    {
        using (var file = new LogFile(LogPath, new(MostBytes: 10, TimeSpan.Zero, Kept: 2), _time))
        {
            foreach (var line in (string[])["one 56789\n", "two 56789\n", "three 789\n", "four\n", "5\n"])
                file.Write(System.Text.Encoding.ASCII.GetBytes(line), 1);
        }

        File.ReadAllText(LogPath).ShouldBe("four\n5\n");
        File.ReadAllText(LogPath + ".1").ShouldBe("three 789\n");
        File.ReadAllText(LogPath + ".2").ShouldBe("two 56789\n");
        _folder.GetFiles().Length.ShouldBe(3);
    }

    [Fact]
    public void Write_OverItsAge_PutsTheFileAside()
    {
        using var file = new LogFile(LogPath, new(0, TimeSpan.FromDays(1), Kept: 3), _time);
        file.Write("a\n"u8, 1);
        _time.Advance(TimeSpan.FromHours(23));
        file.Write("b\n"u8, 1);
        _time.Advance(TimeSpan.FromHours(2));
        file.Write("c\n"u8, 1);

        File.ReadAllText(LogPath).ShouldBe("c\n");
        File.ReadAllText(LogPath + ".1").ShouldBe("a\nb\n");
    }

    // As logrotate does: rename, then SIGUSR1.
    [Fact]
    public void Reopen_FileWasRenamed_GoesOnInANewOne()
    {
        using var file = new LogFile(LogPath, new(0, TimeSpan.Zero, 1), _time);
        file.Write("a\n"u8, 1);
        File.Move(LogPath, LogPath + "-old");
        file.Write("b\n"u8, 1);
        file.Reopen();
        file.Write("c\n"u8, 1);

        File.ReadAllText(LogPath + "-old").ShouldBe("a\nb\n");
        File.ReadAllText(LogPath).ShouldBe("c\n");
    }

    // nginx goes on with the file that is open, too.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reopen_NoPlaceForAFile_GoesOnInTheOneThatIsOpen(bool isFolderGone)
    {
        var folder = _folder.CreateSubdirectory("logs").FullName;
        var path = Path.Combine(folder, "access.log");
        using var file = new LogFile(path, new(MostBytes: 3, TimeSpan.Zero, 1), _time);
        file.Write("a\n"u8, 1);
        if (isFolderGone)
            Directory.Move(folder, folder + "-old");
        else
            File.Move(path, path + "-old");
        if (!isFolderGone)
            Directory.CreateDirectory(path);
        Should.Throw<Exception>(file.Reopen);
        file.Write("b\n"u8, 1);

        File.ReadAllText(isFolderGone ? Path.Combine(folder + "-old", "access.log") : path + "-old").ShouldBe("a\nb\n");
    }

    [Fact]
    public void Open_ItsFolderIsNotThere_Throws() =>
        Should.Throw<IOException>(() => new LogFile(Path.Combine(_folder.FullName, "none", "a.log"), default, _time));

    [Fact]
    public void Open_ANewFile_IsForTheGroupToRead()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var file = new LogFile(LogPath, default, _time);
        File.GetUnixFileMode(LogPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
    }

    // copytruncate, and another process: what is written goes to the end as it is then.
    [Fact]
    public void Write_SomebodyCutItOrAppended_GoesToItsEnd()
    {
        using var file = new LogFile(LogPath, default, _time);
        file.Write("a\n"u8, 1);
        using (var other = new FileStream(LogPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            other.SetLength(0);
        file.Write("b\n"u8, 1);
        File.AppendAllText(LogPath, "other\n");
        file.Write("c\n"u8, 1);

        File.ReadAllText(LogPath).ShouldBe("b\nother\nc\n");
    }

    // Its place is taken: what was put aside waits for the next try, and no line is lost.
    [Fact]
    public void Write_CannotBeNamed_WaitsAsideAndGoesOn()
    {
        Directory.CreateDirectory(LogPath + ".1");
        using var file = new LogFile(LogPath, new(MostBytes: 4, TimeSpan.Zero, Kept: 1), _time);
        foreach (var line in (string[])["one\n", "two\n", "three\n"])
            file.Write(System.Text.Encoding.ASCII.GetBytes(line), 1);

        File.ReadAllText(LogPath + ".0").ShouldBe("one\n");
        File.ReadAllText(LogPath).ShouldBe("two\nthree\n");
    }

    // One that an earlier rotation put aside and could not name goes on with the next one.
    [Fact]
    public void Rotate_AnEarlierOneWasNotFinished_IsFinished()
    {
        File.WriteAllText(LogPath + ".0", "aside\n");
        File.WriteAllText(LogPath + ".1", "one\n");
        using (var file = new LogFile(LogPath, new(MostBytes: 2, TimeSpan.Zero, Kept: 3), _time))
        {
            file.Write("a\n"u8, 1);
            file.Write("b\n"u8, 1);
        }

        File.ReadAllText(LogPath + ".2").ShouldBe("one\n");
        File.ReadAllText(LogPath + ".1").ShouldBe("aside\n");
        File.ReadAllText(LogPath).ShouldBe("a\nb\n");
    }

    [Fact]
    public void Rotate_FewerAreKeptThanBefore_DeletesTheRest()
    {
        foreach (var number in Enumerable.Range(1, 4))
            File.WriteAllText($"{LogPath}.{number}", "old");
        using var file = new LogFile(LogPath, new(MostBytes: 2, TimeSpan.Zero, Kept: 2), _time);
        file.Write("a\n"u8, 1);
        file.Write("b\n"u8, 1);

        _folder.GetFiles().Select(one => one.Name).Order().ShouldBe(["access.log", "access.log.1", "access.log.2"]);
    }

    [Fact]
    public void Open_AFolderOrAPipe_SaysSo()
    {
        Directory.CreateDirectory(LogPath);
        Should.Throw<UnauthorizedAccessException>(() => new LogFile(LogPath, default, _time)).Message.ShouldEndWith("is a folder");
        if (!OperatingSystem.IsLinux())
            return;
        var pipe = Path.Combine(_folder.FullName, "pipe");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [pipe]))
            made.WaitForExit();

        // Without a reader, and with one.
        Should.Throw<IOException>(() => new LogFile(pipe, default, _time));
        using var reader = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite);
        Should.Throw<IOException>(() => new LogFile(pipe, default, _time)).Message.ShouldContain("write stdout");
    }
}
