using System.Collections.Frozen;
using Microsoft.JSInterop;

namespace Appliance.Web.Forms;

/// <summary>
/// Keeps what somebody types into a form that is no item of the config, as <see cref="ItemPage{TItem, TDraft}"/> does for items. One an open form, which has the key as its
/// <c>data-keep</c>. Controls without a name are not kept: files and secrets.
/// </summary>
internal sealed class KeptForm : IDisposable
{
    private static readonly FrozenDictionary<string, string> NothingBeside = FrozenDictionary<string, string>.Empty;
    private readonly IJSRuntime js;
    private readonly FormState state;
    private readonly Func<(string Key, string? Base, object Draft)> form;
    private readonly ITimer timer;
    private int rounds;
    private bool left;

    /// <summary>Keeps <paramref name="form"/> a moment after something was typed.</summary>
    /// <param name="js">The browser.</param>
    /// <param name="time">Time.</param>
    /// <param name="invoke">Runs something where the page is drawn.</param>
    /// <param name="state">Says when something was typed.</param>
    /// <param name="form">The form's key, what the draft was made from, and the draft.</param>
    public KeptForm(IJSRuntime js, TimeProvider time, Func<Func<Task>, Task> invoke, FormState state, Func<(string Key, string? Base, object Draft)> form)
    {
        (this.js, this.state, this.form) = (js, state, form);
        timer = time.CreateTimer(_ => _ = invoke(KeepAsync), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        state.Changed += Typed;
    }

    /// <summary>What an earlier form with this key left in the browser, or null.</summary>
    public async Task<KeptDraft?> ReadAsync() => KeptDraft.Read(await js.InvokeAsync<string?>("appliance.kept", form().Key));

    /// <summary>It is saved or thrown away: nothing of it comes back.</summary>
    public async Task ForgetAsync()
    {
        rounds++;
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await js.InvokeVoidAsync("appliance.forget", form().Key);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        left = true;
        state.Changed -= Typed;
        timer.Dispose();
    }

    private void Typed() => timer.Change(DraftKeeping.Pause, Timeout.InfiniteTimeSpan);

    private async Task KeepAsync()
    {
        var asking = rounds;
        if (!await DraftKeeping.KeepAsync(js, form().Key, strokes => asking == rounds ? Text(strokes) : null) && asking == rounds && !left)
            Typed();
    }

    private DraftText Text(Strokes strokes)
    {
        var (_, based, draft) = form();
        return new(based, KeptDraft.Write(draft), KeptDraft.Missed(draft, NothingBeside, strokes.Fields));
    }
}
