namespace Appliance.Browser.Tests;

/// <summary>
/// Tests of one console. The pages of a test are closed when it ends: an open page draws itself once a second, for nobody.
/// </summary>
public abstract class ConsoleTests(RunningConsole console) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => console.ClosePagesAsync();
}
