using Microsoft.JSInterop;

namespace Appliance.Web.Forms;

/// <summary>The browser of one open page as the keeper of its drafts: the functions of <c>console.js</c>.</summary>
internal sealed class DraftKeeper(IJSRuntime js) : IDraftKeeper
{
    public ValueTask<string?> KeptAsync(string key) => js.InvokeAsync<string?>("appliance.kept", key);

    public ValueTask<Strokes> StrokesAsync(string key, CancellationToken cancellationToken) =>
        js.InvokeAsync<Strokes>("appliance.strokes", cancellationToken, key);

    public ValueTask KeepAsync(string key, DraftText draft, long heard) =>
        js.InvokeVoidAsync("appliance.keep", key, draft.Base, draft.Draft, heard, draft.Missed);

    public ValueTask RepeatAsync(string key, IReadOnlyList<string> fields, CancellationToken cancellationToken) =>
        js.InvokeVoidAsync("appliance.repeat", cancellationToken, key, fields);

    public ValueTask ForgetAsync(string key) => js.InvokeVoidAsync("appliance.forget", key);

    public ValueTask FocusAsync(string id) => js.InvokeVoidAsync("appliance.focus", id);
}
