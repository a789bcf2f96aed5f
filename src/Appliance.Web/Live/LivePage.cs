using Microsoft.AspNetCore.Components;

namespace Appliance.Web.Live;

/// <summary>A component that is drawn again with every view of the feed while its tab is looked at.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private IDisposable? _subscription;

    /// <summary>Where views come from.</summary>
    [Inject]
    protected ConsoleFeed Feed { get; set; } = null!; // injected

    /// <summary>Says whether somebody looks at this tab.</summary>
    [Inject]
    protected TabState Tab { get; set; } = null!; // injected

    /// <summary>The newest view of the feed.</summary>
    protected ConsoleView View { get; private set; } = null!; // set before the first render

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        View = Feed.Current;
        _subscription = Feed.Subscribe(() => Tab.Visible ? InvokeAsync(Tick) : Task.CompletedTask);
        Tab.Shown += Look;
    }

    /// <summary>Called with every new view, before it is drawn.</summary>
    protected virtual void OnView() { }

    /// <summary>Stops listening to the feed.</summary>
    protected virtual void Dispose(bool disposing)
    {
        _subscription?.Dispose();
        Tab.Shown -= Look;
    }

    private void Look() => _ = InvokeAsync(Tick);

    private void Tick()
    {
        View = Feed.Current;
        OnView();
        StateHasChanged();
    }
}
