using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using RouteData = Microsoft.AspNetCore.Components.RouteData;

namespace Appliance.Web.Frame;

/// <summary>
/// Takes the focus to a new page's heading, so that screen readers read it. The framework's own <c>FocusOnNavigate</c> does so too, but
/// takes it away from somebody who has begun to type into the search, or has opened a menu, before the page was drawn.
/// </summary>
public sealed class HeadingFocus(IJSRuntime js) : ComponentBase
{
    private Type? _page;
    private bool _isNew;

    /// <summary>The page that is shown.</summary>
    [Parameter, EditorRequired]
    public required RouteData RouteData { get; set; }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (_page == RouteData.PageType)
            return;
        (_page, _isNew) = (RouteData.PageType, true);
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_isNew)
            return;
        _isNew = false;
        try
        {
            await js.InvokeVoidAsync("appliance.focusHeading");
        }
        catch (JSDisconnectedException)
        {
            // The page has gone.
        }
    }
}
