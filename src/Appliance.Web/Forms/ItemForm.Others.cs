namespace Appliance.Web.Forms;

// What somebody else made of the item meanwhile.
public sealed partial class ItemForm<TItem, TDraft>
{
    private TItem? _theirs;

    /// <summary>Somebody else's version, when it is another than the one the draft was made from.</summary>
    public StaleItem? Stale { get; private set; }

    /// <summary>Goes on with the other person's version, and drops my changes.</summary>
    public Task TakeTheirsAsync() => DiscardAsync();

    /// <summary>Goes on with my version over theirs: the next save is made from what is stored now.</summary>
    public Task KeepMineAsync() => ContinueFromAsync(Draft);

    /// <summary>Goes on with their changes where I changed nothing.</summary>
    public Task MergeAsync() =>
        _parts.Stored is { } stored && _theirs is { } theirs
            ? ContinueFromAsync(stored.DraftOf(stored.OfText(Differences.Merge(Base, stored.TextOf(theirs), MineAsText(stored)), Id)))
            : Task.CompletedTask;

    /// <summary>
    /// The draft counts as made from <paramref name="text"/> from now on: somebody was told that there is something newer.
    /// </summary>
    public void Rebase(string? text) => Base = text;

    /// <summary>Looks whether somebody else changed the item: before somebody saves, not only when they do.</summary>
    public void NoticeOthers()
    {
        if (_parts.Stored is not { } stored || IsNew)
            return;
        var found = stored.Find(Id);
        if (Missing && found.Item is not null)
            Load();
        if (Busy || Missing || Base is null || (ReferenceEquals(found.Item, Loaded) && !Restored))
            return;
        if (found.Item is not null && stored.TextOf(found.Item) == Base)
            (Loaded, Stale, _theirs) = (found.Item, null, null);
        else if (!Dirty && found.Item is not null)
            Load();
        else if (Stale is null || !ReferenceEquals(_theirs, found.Item))
            SetStale(stored, found);
    }

    private async Task ContinueFromAsync(TDraft draft)
    {
        Draft = draft;
        Base = _theirs is { } theirs && _parts.Stored is { } stored ? stored.TextOf(theirs) : null;
        (Stale, _theirs) = (null, null);
        await CheckAndKeepAsync();
    }

    private void SetStale(StoredItems<TItem, TDraft> stored, StoredItem<TItem> found)
    {
        _theirs = found.Item;
        Stale = new(
            found.Item is null,
            found.Revision,
            Differences.Between(Base, found.Item is null ? null : stored.TextOf(found.Item), MineAsText(stored)),
            found.By
        );
    }

    // A draft of a config item always means an item, if only a stand-in where a field cannot be read.
    private string MineAsText(StoredItems<TItem, TDraft> stored) => _parts.Read(Draft, []) is { } mine ? stored.TextOf(mine) : "{}";
}
