namespace Appliance.Web.Forms;

/// <summary>
/// A form as a page holds it: draft, checks while somebody types, what the browser keeps, save, and what to do when somebody else was
/// faster. It knows no page and no browser: both stand behind <see cref="FormParts{TItem, TDraft}"/> and <see cref="IDraftKeeper"/>. All of
/// it runs where the page is drawn.
/// </summary>
public sealed partial class ItemForm<TItem, TDraft> : IDisposable
    where TItem : class
    where TDraft : class
{
    /// <summary>What a save says when the browser does not answer.</summary>
    public const string NotAnswering =
        "Nothing was saved: the browser did not answer within 10 seconds, so the last of what you typed may be missing here. Look at "
        + "the fields, and save again.";

    private const string CommentName = "comment";
    private readonly FormParts<TItem, TDraft> _parts;
    private readonly IDraftKeeper _keeper;
    private readonly DraftSlot _slot;
    private bool _asked;
    private bool _left;

    /// <summary>A form that is empty until <see cref="Open"/> is called.</summary>
    public ItemForm(FormParts<TItem, TDraft> parts, IDraftKeeper keeper, TimeProvider time)
    {
        _parts = parts;
        _keeper = keeper;
        _slot = new(
            keeper,
            time,
            () => _ = parts.Run(CheckAndKeepAsync),
            fields => new(Base, KeptDraft.Write(Draft, Beside), KeptDraft.Missed(Draft, Beside, fields))
        );
        State.Changed += Typed;
    }

    /// <summary>What is in the fields.</summary>
    public TDraft Draft
    {
        get => field ??= _parts.NewDraft();
        private set;
    }

    /// <summary>Problems at fields.</summary>
    public FormState State { get; } = new();

    /// <summary>The identity under which the item is stored, or will be.</summary>
    public Guid Id { get; private set; }

    /// <summary>True for an item that is not stored yet.</summary>
    public bool IsNew { get; private set; } = true;

    /// <summary>What the draft was made from, as text; null: from nothing.</summary>
    public string? Base { get; private set; }

    /// <summary>The item as it was loaded; null for a new one.</summary>
    public TItem? Loaded { get; private set; }

    /// <summary>True when there is no such item.</summary>
    public bool Missing { get; private set; }

    /// <summary>True when something was typed that is not saved.</summary>
    public bool Dirty { get; private set; }

    /// <summary>True when the draft came back from the browser.</summary>
    public bool Restored { get; private set; }

    /// <summary>True while a save is under way.</summary>
    public bool Busy { get; private set; }

    /// <summary>
    /// What was typed into controls that are no part of the item, by their names: the comment, what a tester tries. Kept with the draft.
    /// </summary>
    public Dictionary<string, string> Beside { get; } = new(StringComparer.Ordinal);

    /// <summary>Why it is changed; may be empty.</summary>
    public string Comment
    {
        get => Beside.GetValueOrDefault(CommentName, "");
        set
        {
            Beside[CommentName] = value;
            if (Dirty)
                _slot.Soon();
        }
    }

    /// <summary>The name under which the browser keeps the draft.</summary>
    public string? Key => _slot.Key;

    /// <summary>
    /// Opens the form of the item <paramref name="id"/> (null: a new one), unless it is open already. The browser keeps its draft as
    /// <paramref name="key"/>.
    /// </summary>
    public void Open(string key, Guid? id = null)
    {
        if (_slot.Key == key)
            return;
        _slot.Key = key;
        (Id, IsNew) = (id ?? Guid.CreateVersion7(), id is null);
        _asked = false;
        Beside.Clear();
        Load();
    }

    /// <summary>
    /// Takes back what an earlier form with this key left in the browser. Once for every <see cref="Open"/>; call it after the form was
    /// drawn.
    /// </summary>
    public async Task RestoreAsync()
    {
        if (_asked || Missing || _slot.Key is null)
            return;
        _asked = true;
        var kept = await _slot.ReadAsync();
        if (kept?.To(Draft) is not { } draft)
            return;
        foreach (var (name, value) in kept.Beside())
            Beside[name] = value;

        // What was only tried is back without a word about it.
        if (KeptDraft.Write(draft) != KeptDraft.Write(Draft))
            (Draft, Base, Dirty, Restored) = (_parts.Restore(Draft, draft), kept.Draft is null ? Base : kept.Base, true, true);
        Check();
        NoticeOthers();
        _parts.Draw();
    }

    /// <summary>Something that is no field changed the draft: a row was added, moved, removed.</summary>
    public void Touch(string path) => State.Touch(path);

    /// <summary>Puts the cursor into a field, also into one that this very click adds.</summary>
    public async Task FocusAsync(string path)
    {
        // What a handler changes is drawn when it first waits.
        await Task.Yield();
        await _keeper.FocusAsync(FormState.IdOf(path));
    }

    /// <summary>Checks the draft.</summary>
    public void Check() => Check(refused: null);

    /// <summary>Saves, unless there are problems. The browser is asked first whether the draft has all that was typed.</summary>
    public async Task SaveAsync()
    {
        if (Busy)
            return;
        Busy = true;
        _slot.Stop();
        _parts.Draw();
        try
        {
            var heard = await _slot.HearAsync();
            State.Try();
            if (!heard)
            {
                State.Set([new("", NotAnswering)]);
                _slot.Soon();
                return;
            }

            var item = Check(await _parts.Refusal());
            if (State.HasErrors || item is null)
                await ShowProblemsAsync();
            else
                await EndAsync(await _parts.Save(new(item, Base, Comment)));
        }
        finally
        {
            Busy = false;
            if (!_left)
                _parts.Draw();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _left = true;
        State.Changed -= Typed;
        _slot.Dispose();
    }

    private void Load()
    {
        _slot.Stop();
        Loaded = IsNew ? null : _parts.Stored?.Find(Id).Item;
        Missing = !IsNew && _parts.Stored is not null && Loaded is null;
        (Stale, _theirs, Dirty, Restored) = (null, null, false, false);
        (Draft, Base) =
            Loaded is not null && _parts.Stored is { } stored
                ? (stored.DraftOf(Loaded), stored.TextOf(Loaded))
                : (_parts.NewDraft(), _parts.Base());
        State.Reset();
        Check();
    }

    private void Typed()
    {
        Dirty = true;
        _slot.Soon();
    }

    private TItem? Check(FieldProblem? refused)
    {
        var found = new List<FieldProblem>();
        var item = _parts.Read(Draft, found);
        if (item is not null)
            _parts.Judge(item, found);
        if (refused is not null)
            found.Add(refused);
        State.Set(found.DistinctBy(problem => (problem.Path, problem.Message)));
        return item;
    }

    private async Task CheckAndKeepAsync()
    {
        Check();
        _parts.Draw();
        await _slot.KeepAsync();
    }

    private async Task EndAsync(FormOutcome<TItem> outcome)
    {
        switch (outcome)
        {
            case FormOutcome<TItem>.Saved saved:
                await _slot.ForgetAsync();
                Dirty = false;

                // Somebody who went elsewhere meanwhile stays there.
                if (_left)
                    break;
                if (saved.GoTo is { } page)
                    _parts.Go(page);
                else
                    Load();
                break;
            case FormOutcome<TItem>.Stale stale when _parts.Stored is { } stored:
                SetStale(stored, stale.Theirs);
                _parts.Draw();
                await _slot.KeepAsync();
                break;
            case FormOutcome<TItem>.Rejected rejected:
                State.Set(rejected.Problems);
                await ShowProblemsAsync();
                break;
        }
    }

    private async Task ShowProblemsAsync()
    {
        _parts.Draw();
        await _keeper.FocusAsync("problems");
        await _slot.KeepAsync();
    }
}
