namespace Appliance.Data.Tests;

public sealed class DataFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("appliance-folder-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Open_HeldByAnother_NamesItsProcess()
    {
        using var first = DataFolder.Open(folder);
        var refused = Should.Throw<DataFolderException>(() => DataFolder.Open(folder));
        refused.IsTaken.ShouldBeTrue();
        refused.Message.ShouldContain($"in use by process {Environment.ProcessId};");
    }

    // As on a disk that is read-only or full: the lock's file cannot be had, and nobody holds it. A link to itself is refused by the system in the same way.
    [Fact]
    public void Open_LockCannotBeWritten_DoesNotBlameAProcessThatIsGone()
    {
        File.WriteAllText(Path.Combine(folder, "appliance.pid"), "4711");
        var lockFile = Path.Combine(folder, "appliance.lock");
        File.CreateSymbolicLink(lockFile, lockFile);
        var refused = Should.Throw<DataFolderException>(() => DataFolder.Open(folder));
        refused.IsTaken.ShouldBeFalse();
        refused.Message.ShouldNotContain("4711");
        refused.Message.ShouldStartWith($"The data folder {folder} cannot be used (");
    }
}
