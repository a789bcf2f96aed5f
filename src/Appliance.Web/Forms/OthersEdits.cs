namespace Appliance.Web.Forms;

/// <summary>What somebody else made of a form's item while it was being edited, and the three ways to go on.</summary>
public sealed class OthersEdits<TItem, TDraft>
    where TItem : class
    where TDraft : class
{
    private readonly ItemForm<TItem, TDraft> _form;
    private readonly FormParts<TItem, TDraft> _parts;
    private TItem? _theirs;

    internal OthersEdits(ItemForm<TItem, TDraft> form, FormParts<TItem, TDraft> parts) => (_form, _parts) = (form, parts);

    /// <summary>Somebody else's version, when it is another than the one the draft was made from.</summary>
    public StaleItem? Stale { get; private set; }

    /// <summary>Goes on with the other person's version, and drops my changes.</summary>
    public Task TakeTheirsAsync() => _form.DiscardAsync();

    /// <summary>Goes on with my version over theirs: the next save is made from what is stored now.</summary>
    public Task KeepMineAsync() => ContinueWithAsync(_form.Draft);

    /// <summary>Goes on with their changes where I changed nothing.</summary>
    public Task MergeAsync() =>
        _parts.Stored is { } stored && _theirs is { } theirs
            ? ContinueWithAsync(
                stored.DraftOf(stored.OfText(Differences.Merge(_form.Base, stored.TextOf(theirs), MineAsText(stored)), _form.Id))
            )
            : Task.CompletedTask;

    /// <summary>Looks whether somebody else changed the item: before somebody saves, not only when they do.</summary>
    public void Notice()
    {
        if (_parts.Stored is not { } stored || _form.IsNew)
            return;
        var found = stored.Find(_form.Id);
        if (_form.Missing && found.Item is not null)
            _form.Load();
        if (_form.Busy || _form.Missing || _form.Base is null || (ReferenceEquals(found.Item, _form.Loaded) && !_form.Restored))
            return;
        if (found.Item is not null && stored.TextOf(found.Item) == _form.Base)
        {
            _form.Meet(found.Item);
            Forget();
        }
        else if (!_form.Dirty && found.Item is not null)
            _form.Load();
        else if (Stale is null || !ReferenceEquals(_theirs, found.Item))
            Set(stored, found);
    }

    /// <summary>This is their version.</summary>
    internal void Set(StoredItems<TItem, TDraft> stored, StoredItem<TItem> found)
    {
        _theirs = found.Item;
        Stale = new(
            found.Item is null,
            found.Revision,
            Differences.Between(_form.Base, found.Item is null ? null : stored.TextOf(found.Item), MineAsText(stored)),
            found.By
        );
    }

    /// <summary>There is no other version any more.</summary>
    internal void Forget() => (Stale, _theirs) = (null, null);

    private Task ContinueWithAsync(TDraft draft)
    {
        var based = _theirs is { } theirs && _parts.Stored is { } stored ? stored.TextOf(theirs) : null;
        Forget();
        return _form.ContinueAsync(draft, based);
    }

    // A draft of a config item always means an item, if only a stand-in where a field cannot be read.
    private string MineAsText(StoredItems<TItem, TDraft> stored) => _parts.Read(_form.Draft, []) is { } mine ? stored.TextOf(mine) : "{}";
}
