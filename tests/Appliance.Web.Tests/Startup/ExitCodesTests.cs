using Appliance.Data;
using Appliance.Web.Startup;

namespace Appliance.Web.Tests.Startup;

public sealed class ExitCodesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-codes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // A unit does not start again what ends with 78.
    [Theory]
    [InlineData(true, ExitCodes.Busy)]
    [InlineData(false, ExitCodes.Settings)]
    public void Of_FolderIsHeld_TellsACommandFromAServer(bool isCommand, int code)
    {
        using var held = DataFolder.Open(_folder, isCommand);
        ExitCodes.Of(Should.Throw<DataFolderException>(() => DataFolder.Open(_folder))).ShouldBe(code);
    }

    [Fact]
    public void Of_StartException_TellsWhatMayPass()
    {
        ExitCodes.Of(new StartException("x") { IsBusy = true }).ShouldBe(75);
        ExitCodes.Of(new StartException("x") { IsFull = true }).ShouldBe(74);
        ExitCodes.Of(new StartException("x")).ShouldBe(78);
    }
}
