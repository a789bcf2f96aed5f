using System.Text.Json;
using Microsoft.JSInterop;

namespace Appliance.Web.Forms;

/// <summary>
/// The place of one form's draft in the browser: when it is kept, and what happens while the connection is away. Controls without a name
/// are not kept: files and secrets.
/// </summary>
internal sealed class DraftSlot : IDisposable
{
    /// <summary>How long somebody must not type before a draft is kept.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    /// <summary>How long a save waits for the browser to say what it has told.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IDraftKeeper _keeper;
    private readonly TimeProvider _time;
    private readonly Func<IReadOnlyDictionary<string, JsonElement>, DraftText> _draft;
    private readonly ITimer _timer;
    private int _round;
    private bool _left;

    /// <summary>A slot that keeps nothing until <see cref="Key"/> is set.</summary>
    /// <param name="keeper">The browser.</param>
    /// <param name="time">Time.</param>
    /// <param name="due">Called once nobody has typed for <see cref="Pause"/>; checks the draft and calls <see cref="KeepAsync"/>.</param>
    /// <param name="draft">The draft of this moment, compared with the fields that the browser names.</param>
    public DraftSlot(IDraftKeeper keeper, TimeProvider time, Action due, Func<IReadOnlyDictionary<string, JsonElement>, DraftText> draft)
    {
        _keeper = keeper;
        _time = time;
        _draft = draft;
        _timer = time.CreateTimer(_ => due(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The name under which the browser keeps the draft; null: it is not kept.</summary>
    public string? Key { get; set; }

    /// <summary>Something was typed: the draft is due after a pause, unless it is not kept at all.</summary>
    public void Soon()
    {
        if (!_left && Key is not null)
            _timer.Change(Pause, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A check that is still to come would give the browser a draft to keep that nobody wants any more.</summary>
    public void Stop()
    {
        _round++;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What an earlier form with this key left in the browser, or null.</summary>
    public async Task<KeptDraft?> ReadAsync() => Key is null ? null : KeptDraft.Read(await _keeper.KeptAsync(Key));

    /// <summary>
    /// Gives the browser the draft of this moment to keep. While the connection is away, it is tried again after each pause.
    /// </summary>
    public async Task KeepAsync()
    {
        if (Key is not { } key)
            return;
        var round = _round;
        try
        {
            // Two steps, because what somebody types meanwhile is still on its way: the answer to the first comes after every stroke it
            // counts, so the draft has them. A draft that overtook its own strokes would make the browser forget them, and they would be
            // lost with the connection.
            var strokes = await _keeper.StrokesAsync(key, CancellationToken.None);
            if (round == _round)
                await _keeper.KeepAsync(key, _draft(strokes.Fields), strokes.Count);
        }
        catch (OperationCanceledException)
        {
            // Going on is right: until the connection is back, the browser has the strokes.
            if (round == _round)
                Soon();
        }
        catch (JSDisconnectedException)
        {
            // Nobody is there any more.
        }
    }

    /// <summary>
    /// Waits until the draft has every stroke: one that got lost on a connection that broke and came back is said again. False: the browser
    /// did not answer in <see cref="Patience"/>.
    /// </summary>
    public async Task<bool> HearAsync()
    {
        if (Key is not { } key)
            return true;
        using var patience = new CancellationTokenSource(Patience, _time);
        try
        {
            // The framework's own patience is a minute, and it ends it without a word.
            var strokes = await _keeper.StrokesAsync(key, patience.Token).AsTask().WaitAsync(patience.Token);
            if (_draft(strokes.Fields).Missed is { Count: > 0 } missed)
                await _keeper.RepeatAsync(key, missed, patience.Token).AsTask().WaitAsync(patience.Token);
            return true;
        }
        catch (Exception exception) when (exception is OperationCanceledException or JSDisconnectedException)
        {
            return false;
        }
    }

    /// <summary>Gives the browser a draft to keep for the next form of that key.</summary>
    public async Task PutAsync(string? key, DraftText draft)
    {
        if (key is not null)
            await _keeper.KeepAsync(key, draft, long.MaxValue);
    }

    /// <summary>Removes the draft, which was saved or thrown away. It does not come back.</summary>
    public async Task ForgetAsync()
    {
        Stop();
        if (Key is not null)
            await _keeper.ForgetAsync(Key);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _left = true;
        _timer.Dispose();
    }
}
