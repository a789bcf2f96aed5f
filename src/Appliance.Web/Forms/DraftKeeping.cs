using System.Text.Json;
using Microsoft.JSInterop;

namespace Appliance.Web.Forms;

/// <summary>Gives the browser a draft to keep for its tab.</summary>
internal static class DraftKeeping
{
    /// <summary>How long somebody must not type before a draft is kept.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    /// <summary>Keeps what <paramref name="draft"/> returns, unless that is null: it is not wanted any more. False: the connection is away, and may come back.</summary>
    public static async Task<bool> KeepAsync(IJSRuntime js, string key, Func<Strokes, DraftText?> draft)
    {
        try
        {
            // Two steps, because what somebody types meanwhile is still on its way: the answer to the first comes after every stroke it counts, so the draft has
            // them. A draft that overtook its own strokes would make the browser forget them, and they would be lost with the connection.
            var strokes = await js.InvokeAsync<Strokes>("appliance.strokes", key);
            if (draft(strokes) is { } now)
                await js.InvokeVoidAsync("appliance.keep", key, now.Base, now.Draft, strokes.Count, now.Missed);
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

/// <summary>How many strokes the browser has told so far, and what stands in the fields of which it does not know yet that they were heard.</summary>
/// <param name="Count">Strokes.</param>
/// <param name="Fields">Values by the names of the fields.</param>
internal sealed record Strokes(long Count, Dictionary<string, JsonElement> Fields);

/// <summary>A draft as the browser keeps it.</summary>
/// <param name="Base">What it was made from; null for something new.</param>
/// <param name="Draft">It, as JSON.</param>
/// <param name="Missed">Names of fields whose strokes it has not heard.</param>
internal sealed record DraftText(string? Base, string Draft, IReadOnlyList<string> Missed);
