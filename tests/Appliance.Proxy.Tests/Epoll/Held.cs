using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>Holds a loop's thread still, so that what happens meanwhile comes to it in one batch. Disposing lets it go on.</summary>
internal sealed class Held : EpollHandler, IDisposable
{
    private readonly ManualResetEventSlim _goOn = new();
    private readonly TaskCompletionSource _holds = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Held() { }

    /// <summary>Returns when the loop stands.</summary>
    public static async Task<Held> AsyncOn(EpollLoop loop)
    {
        var held = new Held();
        loop.Post(held);
        await held._holds.Task.WaitAsync(TimeSpan.FromSeconds(20));
        return held;
    }

    public override void OnReady(EpollLoop loop, bool second, uint events) { }

    public override void OnTurn(EpollLoop loop)
    {
        _holds.SetResult();
        _goOn.Wait(TimeSpan.FromSeconds(20));
    }

    public override void OnAbandoned(EpollLoop loop) { }

    public void Dispose() => _goOn.Set();
}
