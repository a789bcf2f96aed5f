using Microsoft.JSInterop;

namespace Appliance.Web.Forms;

/// <summary>Gives the browser a draft to keep for its tab.</summary>
internal static class DraftKeeping
{
    /// <summary>How long somebody must not type before a draft is kept.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    /// <summary>Keeps what <paramref name="draft"/> returns, unless that is null: it is not wanted any more. False: the connection is away, and may come back.</summary>
    public static async Task<bool> KeepAsync(IJSRuntime js, string key, Func<(string? Base, string Draft)?> draft)
    {
        try
        {
            // Two steps, because what somebody types meanwhile is still on its way: the answer to the first comes after every stroke it counts, so the draft has
            // them. A draft that overtook its own strokes would make the browser forget them, and they would be lost with the connection.
            var heard = await js.InvokeAsync<long>("appliance.strokes");
            if (draft() is var (based, text))
                await js.InvokeVoidAsync("appliance.keep", key, based, text, heard);
            return true;
        }
        catch (OperationCanceledException)
        {
            // Until it is back the browser has the strokes.
            return false;
        }
        catch (JSDisconnectedException)
        {
            // Nobody is there any more.
            return true;
        }
    }
}
