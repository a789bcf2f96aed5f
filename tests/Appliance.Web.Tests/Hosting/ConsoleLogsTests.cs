using Appliance.Web.Hosting;
using Microsoft.Extensions.Logging;

namespace Appliance.Web.Tests.Hosting;

public sealed class ConsoleLogsTests
{
    [Theory]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Debug, LogLevel.Warning, true)]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Information, LogLevel.Warning, false)]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Warning, LogLevel.Warning, false)]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Information, LogLevel.Error, true)]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.None, LogLevel.Error, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Information, LogLevel.Information, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Information, LogLevel.Warning, true)]
    [InlineData("Appliance.Proxy.Snapshots.RevisionWatcher", LogLevel.Information, LogLevel.Information, true)]
    [InlineData("Appliance.Proxy.Snapshots.RevisionWatcher", LogLevel.Information, LogLevel.Debug, false)]
    public void Create_Level_LogsOfEachPartWhatItsReadersWant(string category, LogLevel setting, LogLevel line, bool isLogged)
    {
        using var sink = new LogSink(TextWriter.Null);
        using var logs = ConsoleLogs.Create(new(setting, isJson: false, TimeProvider.System), sink);
        logs.CreateLogger(category).IsEnabled(line).ShouldBe(isLogged);
    }

    [Theory]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics")]
    [InlineData("Microsoft.AspNetCore.Http.Result.RedirectResult")]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.BadRequests")]
    [InlineData("Microsoft.AspNetCore.Components.Routing.Router")]
    [InlineData("Microsoft.AspNetCore.Components.Server.Circuits.RemoteNavigationManager")]
    [InlineData("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher")]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder")]
    public void Create_CategoryThatWritesQueries_OnlyWarnsAtEveryLevel(string category)
    {
        foreach (var setting in Enum.GetValues<LogLevel>())
        {
            using var sink = new LogSink(TextWriter.Null);
            using var logs = ConsoleLogs.Create(new(setting, isJson: false, TimeProvider.System), sink);
            var log = logs.CreateLogger(category);
            log.IsEnabled(LogLevel.Information).ShouldBeFalse($"{setting}");
            if (setting > LogLevel.Warning)
                log.IsEnabled(LogLevel.Warning).ShouldBeFalse($"{setting}");
        }
    }
}
