using Bunit;
using MudBlazor.Services;

namespace Appliance.Web.Tests.Controls;

/// <summary>
/// Components as a page would render them, with the services that MudBlazor's own need and a browser that answers nothing.
/// </summary>
public abstract class Rendering : BunitContext, IAsyncLifetime
{
    protected Rendering()
    {
        Services.AddMudServices();
        JSInterop.Mode = JSRuntimeMode.Loose;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    // Some of MudBlazor's services can be disposed of in no other way.
    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();
}
