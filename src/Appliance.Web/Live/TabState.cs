using Microsoft.JSInterop;

namespace Appliance.Web.Live;

/// <summary>Whether anybody looks at this browser tab. A hidden one is not drawn every second.</summary>
public sealed class TabState
{
    /// <summary>True until the browser says otherwise.</summary>
    public bool Visible { get; private set; } = true;

    /// <summary>Raised when somebody looks again.</summary>
    public event Action? Shown;

    /// <summary>Called by the browser.</summary>
    [JSInvokable]
    public void Look(bool visible)
    {
        Visible = visible;
        if (visible)
            Shown?.Invoke();
    }
}
