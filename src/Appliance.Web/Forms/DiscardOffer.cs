using Appliance.Web.Controls;
using Microsoft.AspNetCore.Components;

namespace Appliance.Web.Forms;

/// <summary>Offers what somebody typed and threw away back to them. One instance an open page.</summary>
public sealed class DiscardOffer(ToastBoard toasts, NavigationManager navigation)
{
    /// <summary>Says that it is gone, with an Undo that leads to its form again.</summary>
    /// <param name="what">The form's item: <c>route chat</c>, <c>the new person</c>.</param>
    /// <param name="bringBack">As <see cref="FormParts{TItem, TDraft}.Discarded"/> gets it.</param>
    public void Show(string what, Func<Task<bool>> bringBack)
    {
        var form = navigation.Uri;
        toasts.Show(new($"Discarded what you typed in {what}.", Undo: UndoAsync, Loses: true));

        // A form that was opened again meanwhile has asked the browser already.
        async Task UndoAsync()
        {
            if (!await bringBack())
                navigation.NavigateTo(form, forceLoad: navigation.Uri == form);
        }
    }
}
