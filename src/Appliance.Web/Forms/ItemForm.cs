namespace Appliance.Web.Forms;

/// <summary>
/// A form as a page holds it: draft, checks while somebody types, what the browser keeps, save, and what to do when somebody else was
/// faster. It knows no page and no browser: both stand behind <see cref="FormParts{TItem, TDraft}"/> and <see cref="IDraftKeeper"/>. All of
/// it runs where the page is drawn.
/// </summary>
public sealed class ItemForm<TItem, TDraft> : IDisposable
    where TItem : class
    where TDraft : class
{
    private const string CommentName = "comment";
    private readonly FormParts<TItem, TDraft> _parts;
    private readonly IDraftKeeper _keeper;
    private readonly DraftSlot _slot;
    private readonly Submission<TItem, TDraft> _submission;
    private bool _asked;

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
        _submission = new(this, parts, keeper, _slot);
        Others = new(this, parts);
        State.Changed += Typed;
    }

    /// <summary>What is in the fields.</summary>
    public TDraft Draft
    {
        get => field ??= _parts.NewDraft();
        private set;
    }

    /// <summary>The problems at the form's fields.</summary>
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
    public bool Busy => _submission.IsUnderWay;

    /// <summary>What somebody else made of the item meanwhile.</summary>
    public OthersEdits<TItem, TDraft> Others { get; }

    /// <summary>True once the page was left.</summary>
    internal bool IsLeft { get; private set; }

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
        Others.Notice();
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

    /// <summary>Checks the draft, and shows its problems at their fields.</summary>
    public void Check() => Check(refused: null);

    /// <summary>Saves, unless there are problems. The browser is asked first whether the draft has all that was typed.</summary>
    public Task SaveAsync() => _submission.RunAsync();

    /// <summary>Throws away what was typed. The page offers it back, also after it was left.</summary>
    public async Task DiscardAsync()
    {
        // Before the first wait: a button may lead to another page, too, and the page is still this one.
        if (Dirty)
            _parts.Discarded(new DiscardedDraft<TItem, TDraft>(this, _slot).BringBackAsync);
        await _slot.ForgetAsync();
        if (IsLeft)
            return;
        Comment = "";
        Load();
        _parts.Draw();
    }

    /// <summary>The draft counts as made from <paramref name="text"/> from now on: somebody was told of something newer.</summary>
    public void Rebase(string? text) => Base = text;

    /// <inheritdoc/>
    public void Dispose()
    {
        IsLeft = true;
        State.Changed -= Typed;
        _slot.Dispose();
    }

    /// <summary>The item as it is stored now, or a new one; what was typed is gone.</summary>
    internal void Load()
    {
        _slot.Stop();
        Loaded = IsNew ? null : _parts.Stored?.Find(Id).Item;
        Missing = !IsNew && _parts.Stored is not null && Loaded is null;
        Others.Forget();
        (Dirty, Restored) = (false, false);
        (Draft, Base) =
            Loaded is not null && _parts.Stored is { } stored
                ? (stored.DraftOf(Loaded), stored.TextOf(Loaded))
                : (_parts.NewDraft(), _parts.Base());
        State.Reset();
        Check();
    }

    /// <summary>What is stored now is what the draft was made from.</summary>
    internal void Meet(TItem stored) => Loaded = stored;

    /// <summary>Goes on with another draft, made from another text.</summary>
    internal Task ContinueAsync(TDraft draft, string? based)
    {
        (Draft, Base) = (draft, based);
        return CheckAndKeepAsync();
    }

    /// <summary>What was thrown away is in the fields again.</summary>
    internal Task TakeBackAsync(TDraft draft, string? based, IReadOnlyDictionary<string, string> beside)
    {
        Dirty = true;
        foreach (var (name, value) in beside)
            Beside[name] = value;
        (Draft, Base) = (draft, based);
        Others.Notice();
        return CheckAndKeepAsync();
    }

    /// <summary>It is stored. Somebody who went elsewhere meanwhile stays there.</summary>
    internal void Saved(string? goTo)
    {
        Dirty = false;
        if (IsLeft)
            return;
        if (goTo is { } page)
            _parts.Go(page);
        else
            Load();
    }

    /// <summary>Checks the draft; <paramref name="refused"/> is one problem more. The item, if the draft means one.</summary>
    internal TItem? Check(FieldProblem? refused)
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

    private void Typed()
    {
        Dirty = true;
        _slot.Soon();
    }

    private async Task CheckAndKeepAsync()
    {
        if (!_submission.IsRefused(Draft))
            Check();
        _parts.Draw();
        await _slot.KeepAsync();
    }
}
