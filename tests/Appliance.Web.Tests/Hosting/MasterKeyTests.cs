using Appliance.Web.Hosting;
using Appliance.Web.Startup;

namespace Appliance.Web.Tests.Hosting;

public sealed class MasterKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-key-").FullName;

    private string File => Path.Combine(_folder, "master.key");

    [Fact]
    public void Ensure_NoFile_MakesOneForItsOwnerOnly()
    {
        MasterKey.Ensure(File);
        System.IO.File.ReadAllBytes(File).Length.ShouldBe(MasterKey.LengthBytes);
        System.IO.File.GetUnixFileMode(File).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.GetFiles(_folder).ShouldBe([File]);
    }

    [Fact]
    public void Ensure_FileIsThere_KeepsIt()
    {
        MasterKey.Ensure(File);
        var key = System.IO.File.ReadAllBytes(File);
        MasterKey.Ensure(File);
        System.IO.File.ReadAllBytes(File).ShouldBe(key);
    }

    // As every file of a mounted Kubernetes secret is.
    [Fact]
    public void Ensure_BehindALink_IsTheKey()
    {
        MasterKey.Ensure(File);
        var link = System.IO.File.CreateSymbolicLink(File + ".link", File).FullName;
        MasterKey.Ensure(link);
        MasterKey.Read(link).ShouldBe(MasterKey.Read(File));
    }

    [Fact]
    public void Ensure_KilledWhileMakingIt_StartsAgain()
    {
        System.IO.File.WriteAllBytes(File + ".new", [1, 2, 3]);
        MasterKey.Ensure(File);
        System.IO.File.ReadAllBytes(File).Length.ShouldBe(MasterKey.LengthBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(64)]
    public void Ensure_WrongLength_IsRefusedAndKept(int length)
    {
        System.IO.File.WriteAllBytes(File, new byte[length]);
        Should.Throw<StartException>(() => MasterKey.Ensure(File)).Message.ShouldContain("APPLIANCE_KEY_FILE");
        new FileInfo(File).Length.ShouldBe(length);
    }

    [Fact]
    public void Ensure_FolderIsMissing_SaysSoInASentence() =>
        Should
            .Throw<StartException>(() => MasterKey.Ensure(Path.Combine(_folder, "missing", "key")))
            .Message.ShouldContain("APPLIANCE_KEY_FILE");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
