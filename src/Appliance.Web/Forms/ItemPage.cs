using Appliance.Data.Revisions;
using Appliance.Proxy.Config;
using Appliance.Web.Editing;
using Appliance.Web.Live;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Appliance.Web.Forms;

/// <summary>
/// The page of one item: load, draft, check while somebody types, keep what was typed, save, and what to do when somebody else was faster.
/// </summary>
public abstract class ItemPage<TItem, TDraft> : LivePage
    where TItem : ConfigItem
    where TDraft : class
{
    private ITimer? check;
    private Guid newId = Guid.CreateVersion7();
    private string? loadedKey;
    private bool saving;
    private bool left;
    private bool asked;
    private int rounds;

    /// <summary>The item's identity; null for a new one.</summary>
    [Parameter]
    public Guid? Id { get; set; }

    /// <summary>The identity of the item a new one is a copy of, as it stands in the address; anything that is no identity means an empty form.</summary>
    [Parameter, SupplyParameterFromQuery(Name = "copy")]
    public string? Copy { get; set; }

    /// <summary>Saves.</summary>
    [Inject]
    protected Saving Saving { get; set; } = null!; // injected

    /// <summary>Checks.</summary>
    [Inject]
    protected ConfigEditor Editor { get; set; } = null!; // injected

    /// <summary>The browser.</summary>
    [Inject]
    protected IJSRuntime Js { get; set; } = null!; // injected

    /// <summary>Where we are.</summary>
    [Inject]
    protected NavigationManager Navigation { get; set; } = null!; // injected

    /// <summary>Time.</summary>
    [Inject]
    protected TimeProvider Time { get; set; } = null!; // injected

    /// <summary>What is in the fields.</summary>
    protected TDraft Draft { get; private set; } = null!; // set before the first render

    /// <summary>Problems at fields.</summary>
    protected FormState State { get; } = new();

    /// <summary>What the draft was made from; null for a new item.</summary>
    protected string? Base { get; private set; }

    /// <summary>The item as it was loaded; null for a new one.</summary>
    protected TItem? Loaded { get; private set; }

    /// <summary>Something was typed that is not saved.</summary>
    protected bool Dirty { get; private set; }

    /// <summary>The draft came back from the browser.</summary>
    protected bool Restored { get; private set; }

    /// <summary>A save is under way.</summary>
    protected bool Busy => saving;

    /// <summary>There is no such item.</summary>
    protected bool Missing { get; private set; }

    /// <summary>Somebody else's version, when it is another than the one the draft was made from.</summary>
    protected StaleItem? Stale { get; private set; }

    /// <summary>What was typed into controls that are no part of the item, by their names: the comment, what a tester tries. Kept with the draft.</summary>
    protected Dictionary<string, string> Beside { get; } = new(StringComparer.Ordinal);

    /// <summary>Why; optional.</summary>
    protected string Comment
    {
        get => Beside.GetValueOrDefault("comment", "");
        set
        {
            Beside["comment"] = value;
            if (Dirty)
                check?.Change(DraftKeeping.Pause, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>routes, upstreamPools or headerMaps: the first part of a problem's path.</summary>
    protected abstract string Kind { get; }

    /// <summary>What it is called in sentences: route.</summary>
    protected abstract string Word { get; }

    /// <summary>Path of the list.</summary>
    protected abstract string ListPath { get; }

    /// <summary>The identity under which the draft would be stored.</summary>
    protected Guid ItemId => Id ?? newId;

    // The framework's own reading of it shows an error page for what somebody mistyped.
    private Guid? Original => Guid.TryParse(Copy, out var original) ? original : null;

    /// <summary>The name under which the browser keeps the draft.</summary>
    protected string Key => Id is { } id ? $"{Kind}/{id}" : Original is { } copy ? $"{Kind}/copy/{copy}" : $"{Kind}/new";

    /// <summary>An empty form.</summary>
    protected abstract TDraft NewDraft();

    /// <summary>The form of an item.</summary>
    protected abstract TDraft DraftOf(TItem item);

    /// <summary>The item a draft means, and what cannot be read of it.</summary>
    protected abstract TItem Read(TDraft draft, List<FieldProblem> problems);

    /// <summary>A copy under another name.</summary>
    protected abstract TItem CopyOf(TItem item);

    /// <summary>Called after every check with the config as it would be.</summary>
    protected virtual void OnChecked(ProxyConfig next, TItem item)
    {
    }

    /// <summary>What a save would refuse to this person, beside the rules for everybody. <paramref name="before"/> is what is stored; null for a new one.</summary>
    protected virtual ConfigProblem? Refusal(TItem? before, TItem item) => null;

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        base.OnInitialized();
        State.Changed += Typed;
        check = Time.CreateTimer(_ => _ = InvokeAsync(CheckAndKeepAsync), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (loadedKey == Key)
            return;
        loadedKey = Key;
        newId = Guid.CreateVersion7();
        asked = false;
        Beside.Clear();
        Load();
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // Once for every item: the same page may go on to another one.
        if (asked || Missing)
            return;
        asked = true;
        var kept = KeptDraft.Read(await Js.InvokeAsync<string?>("appliance.kept", Key));
        if (kept?.To(Draft) is not { } draft)
            return;
        foreach (var (name, value) in kept.Beside())
            Beside[name] = value;

        // What was only tried is back without a word about it.
        if (KeptDraft.Write(draft) != KeptDraft.Write(Draft))
            (Draft, Base, Dirty, Restored) = (draft, kept.Draft is null ? Base : kept.Base, true, true);
        Check();
        NoticeOthers();
        StateHasChanged();
    }

    /// <inheritdoc/>
    protected override void OnView() => NoticeOthers();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        left = true;
        check?.Dispose();
        State.Changed -= Typed;
        base.Dispose(disposing);
    }

    /// <summary>Something that is no field changed the draft: a row was added, moved, removed.</summary>
    protected void Touch(string path) => State.Touch(path);

    /// <summary>Puts the cursor into a field, also one that this very click adds.</summary>
    protected async Task FocusAsync(string path)
    {
        // What a handler changes is drawn when it first waits.
        await Task.Yield();
        await Js.InvokeVoidAsync("appliance.focus", FormState.IdOf(path));
    }

    /// <summary>Throws away what was typed.</summary>
    protected async Task DiscardAsync()
    {
        CheckNoMore();
        await Js.InvokeVoidAsync("appliance.forget", Key);
        Comment = "";
        Load();
    }

    /// <summary>Saves; on success goes to the list.</summary>
    protected async Task SaveAsync()
    {
        if (saving)
            return;
        saving = true;
        CheckNoMore();
        try
        {
            await HearAsync();
            State.Try();
            Check();
            if (State.HasErrors)
            {
                StateHasChanged();
                await Js.InvokeVoidAsync("appliance.focus", "problems");
                await KeepAsync();
                return;
            }

            var item = Read(Draft, []);
            var isNew = Base is null;
            var result = await Saving.SaveAsync(
                config => Usage.Put(config, item), [new(item.Id, Base)], $"{(isNew ? "Added" : "Changed")} {Word} {item.Name}", Comment);
            switch (result)
            {
                case EditResult.Saved or EditResult.Unchanged:
                    CheckNoMore();
                    await Js.InvokeVoidAsync("appliance.forget", Key);
                    Dirty = false;

                    // Who went elsewhere meanwhile stays there.
                    if (!left)
                        Navigation.NavigateTo(ListPath);
                    break;
                case EditResult.Stale stale:
                    await Feed.RefreshAsync(CancellationToken.None);
                    SetStale(Items.Find(stale.Head.Config, item.Id) as TItem, stale.Head);
                    StateHasChanged();
                    await KeepAsync();
                    break;
                case EditResult.Rejected rejected:
                    State.Set(rejected.Problems.Select(problem => FieldProblem.Of(problem, Kind, item.Name) ?? new("", problem.Message)));
                    await KeepAsync();
                    break;
            }
        }
        finally
        {
            saving = false;
        }
    }

    /// <summary>Their version, nothing of mine.</summary>
    protected Task TakeTheirsAsync() => DiscardAsync();

    /// <summary>My version over theirs: the next save is made from what is stored now.</summary>
    protected Task KeepMineAsync() => ContinueFromAsync(Draft);

    /// <summary>Their changes where I changed nothing.</summary>
    protected Task MergeAsync() => Stale is { Theirs: { } theirs }
        ? ContinueFromAsync(DraftOf(ConfigItemJson.Read<TItem>(Differences.Merge(Base, SeenItem.JsonOf(theirs), SeenItem.JsonOf(Read(Draft, []))), ItemId)))
        : Task.CompletedTask;

    private async Task ContinueFromAsync(TDraft draft)
    {
        Draft = draft;
        Base = Stale?.Theirs is { } theirs ? SeenItem.JsonOf(theirs) : null;
        Stale = null;
        await CheckAndKeepAsync();
    }

    // A check that is still to come would give the browser a draft to keep that nobody wants any more.
    private void CheckNoMore()
    {
        rounds++;
        check?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void Load()
    {
        CheckNoMore();
        Loaded = Id is { } id ? Items.Find(View.Head.Config, id) as TItem : null;
        Missing = Id is not null && Loaded is null;
        Base = Loaded is null ? null : SeenItem.JsonOf(Loaded);
        Stale = null;
        (Dirty, Restored) = (false, false);
        Draft = Loaded is not null ? DraftOf(Loaded)
            : Original is { } copy && Items.Find(View.Head.Config, copy) is TItem original ? DraftOf(CopyOf(original))
            : NewDraft();
        State.Reset();
        Check();
    }

    private void Typed()
    {
        Dirty = true;
        check?.Change(DraftKeeping.Pause, Timeout.InfiniteTimeSpan);
    }

    private async Task CheckAndKeepAsync()
    {
        Check();
        StateHasChanged();
        await KeepAsync();
    }

    private async Task KeepAsync()
    {
        var asking = rounds;
        if (!await DraftKeeping.KeepAsync(Js, Key, strokes => asking == rounds ? new(Base, KeptDraft.Write(Draft, Beside), KeptDraft.Missed(Draft, Beside, strokes.Fields)) : null) && asking == rounds && !left)
            check?.Change(DraftKeeping.Pause, Timeout.InfiniteTimeSpan);
    }

    // What is saved is what the page shows: a stroke that got lost on a connection that broke and came back is said again first.
    private async Task HearAsync()
    {
        var strokes = await Js.InvokeAsync<Strokes>("appliance.strokes", Key);
        if (KeptDraft.Missed(Draft, Beside, strokes.Fields) is { Count: > 0 } missed)
            await Js.InvokeVoidAsync("appliance.repeat", Key, missed);
    }

    // The very rules of a save, over the config as it would be. Problems that other items have because of this one stand in the summary.
    private void Check()
    {
        var found = new List<FieldProblem>();
        var item = Read(Draft, found);
        var head = View.Head.Config;
        var next = Usage.Put(head, item);
        var result = Editor.Check(head, next);

        // Where the text could not even be read, the rules have judged a stand-in.
        var unread = found.Select(problem => problem.Path).ToHashSet(StringComparer.Ordinal);
        found.AddRange(result.Errors.Select(problem => FieldProblem.Of(problem, Kind, item.Name) ?? new("", problem.Message)).Where(problem => !unread.Contains(problem.Path)));
        found.AddRange(result.Older.Concat(result.Warnings).Select(problem => FieldProblem.Of(problem, Kind, item.Name)).OfType<FieldProblem>());
        if (Refusal(Items.Find(head, item.Id) as TItem, item) is { } refused)
            found.Add(FieldProblem.Of(refused, Kind, item.Name) ?? new("", refused.Message));
        State.Set(found.GroupBy(problem => problem.Path + problem.Message).Select(group => group.First()));
        OnChecked(next, item);
    }

    // Before somebody saves, not only when they do.
    private void NoticeOthers()
    {
        if (Missing && Id is { } id && Items.Find(View.Head.Config, id) is TItem)
            Load();
        if (saving || Missing || Base is null)
            return;
        var theirs = Items.Find(View.Head.Config, ItemId) as TItem;
        if (ReferenceEquals(theirs, Loaded) && !Restored)
            return;
        if (theirs is not null && SeenItem.JsonOf(theirs) == Base)
        {
            Loaded = theirs;
            Stale = null;
        }
        else if (!Dirty && theirs is not null)
        {
            Load();
        }
        else if (!ReferenceEquals(Stale?.Theirs, theirs) || Stale is null)
        {
            SetStale(theirs, View.Head);
        }
    }

    private void SetStale(TItem? theirs, ConfigRevision head) => Stale = new(
        theirs, head.Number, Differences.Between(Base, theirs is null ? null : SeenItem.JsonOf(theirs), SeenItem.JsonOf(Read(Draft, []))),
        View.Recent.FirstOrDefault(row => row.Id == head.Number));
}

/// <summary>Somebody else's version of the item that is being edited.</summary>
/// <param name="Theirs">What is stored now; null: it was deleted.</param>
/// <param name="Revision">The newest revision.</param>
/// <param name="Differences">Where it differs from what was typed.</param>
/// <param name="By">The newest revision's row, when it is known.</param>
public sealed record StaleItem(ConfigItem? Theirs, long Revision, IReadOnlyList<Difference> Differences, RevisionRow? By);
