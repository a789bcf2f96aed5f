using System.Diagnostics;
using Appliance.Proxy.AccessLogs;
using Appliance.Testing;

namespace Appliance.Web.Tests.Startup;

/// <summary>Stack traces go into the log.</summary>
public sealed class SourcePathTests
{
    [Fact]
    public void StackTraceOfTheProduct_NamesNoFolderOfThisMachine()
    {
        var thrown = Should.Throw<IOException>(() => new LogFile("/no/such/folder/a.log", default, TimeProvider.System));
        string[] files =
        [
            .. new StackTrace(thrown, fNeedFileInfo: true)
                .GetFrames()
                .Where(frame => frame.GetMethod()?.DeclaringType?.Assembly == typeof(LogFile).Assembly)
                .Select(frame => frame.GetFileName() ?? ""),
        ];
        files.ShouldContain(file => file.EndsWith("src/Appliance.Proxy/AccessLogs/LogFile.cs", StringComparison.Ordinal));
        files.ShouldAllBe(file => !file.StartsWith(Repository.Root));
    }
}
