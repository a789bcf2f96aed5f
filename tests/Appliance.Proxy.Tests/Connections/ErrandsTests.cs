using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.Tests.WebSockets;

namespace Appliance.Proxy.Tests.Connections;

public sealed class ErrandsTests
{
    private readonly LinesLog _log = new();

    [Fact]
    public async Task Run_WorkFails_IsSaidWithItsName_AndTheNextRuns()
    {
        await using var errands = new Errands(_log.CreateLogger("errands"));
        var next = new TaskCompletionSource();

        errands.Run("The drain of route chat", _ => throw new InvalidOperationException("a bug"));
        errands.Run("The end of inspection 7", async _ =>
        {
            await Task.Yield();
            throw new InvalidOperationException("another bug");
        });
        errands.Run("The next", _ =>
        {
            next.SetResult();
            return Task.CompletedTask;
        });

        await next.Task;
        await Until.TrueAsync(() => _log.Lines.Length == 2);
        _log.Lines.ShouldContain(line => line.Contains("The drain of route chat"));
        _log.Lines.ShouldContain(line => line.Contains("The end of inspection 7"));
    }

    [Fact]
    public async Task Dispose_WorkIsUnderWay_IsToldToStopAndWaitedFor()
    {
        var errands = new Errands(_log.CreateLogger("errands"));
        var told = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        errands.Run("It", async stop =>
        {
            await using var registration = stop.Register(told.SetResult);
            await mayEnd.Task;
            stop.ThrowIfCancellationRequested();
        });

        var over = errands.DisposeAsync().AsTask();
        await told.Task.WaitAsync(TimeSpan.FromSeconds(30));
        over.IsCompleted.ShouldBeFalse("the work has not ended");
        mayEnd.SetResult();
        await over.WaitAsync(TimeSpan.FromSeconds(30));

        _log.Lines.ShouldBeEmpty("an end of the process is no failure");
    }

    [Fact]
    public async Task Run_AfterDispose_NothingBegins()
    {
        var errands = new Errands(_log.CreateLogger("errands"));
        await errands.DisposeAsync();
        await errands.DisposeAsync();
        var begun = false;

        errands.Run("It", _ =>
        {
            begun = true;
            return Task.CompletedTask;
        });

        begun.ShouldBeFalse();
    }
}
