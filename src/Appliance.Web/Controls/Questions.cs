using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace Appliance.Web.Controls;

/// <summary>Opens dialogs and waits for their answer. One instance an open page.</summary>
public sealed class Questions(IDialogService dialogs)
{
    /// <summary>
    /// Opens <typeparamref name="T"/> under <paramref name="title"/>. The answer is what the dialog was closed with; null when it was
    /// cancelled, by a button, by Escape, or by a click beside it. The cursor is in its first field, or on its first button when it has
    /// none. <paramref name="staysOnClickBeside"/>: only a button or Escape closes it.
    /// </summary>
    public async Task<object?> AskAsync<T>(string title, DialogParameters<T> parameters, bool staysOnClickBeside = false)
        where T : IComponent
    {
        var dialog = await dialogs.ShowAsync<T>(
            title,
            parameters,
            new()
            {
                MaxWidth = MaxWidth.Small,
                FullWidth = true,
                CloseOnEscapeKey = true,
                BackdropClick = !staysOnClickBeside,

                // FirstChild would be an invisible guard of the focus trap; console.js goes from the element on to the first field.
                DefaultFocus = DefaultFocus.Element,
            }
        );
        return await dialog.Result is { Canceled: false } result ? result.Data : null;
    }
}
