using Microsoft.JSInterop;

namespace Appliance.Web.Forms;

/// <summary>Puts the cursor into fields.</summary>
public static class FieldFocus
{
    /// <summary>Puts the cursor into the field at <paramref name="path"/> of the draft, also one that this very click adds.</summary>
    public static async Task FocusFieldAsync(this IJSRuntime js, string path)
    {
        // What a handler changes is drawn when it first waits.
        await Task.Yield();
        await js.InvokeVoidAsync("appliance.focus", FormState.IdOf(path));
    }
}
