using Appliance.Data.Revisions;

namespace Appliance.Web.Forms;

/// <summary>
/// What a page gives its <see cref="ItemForm{TItem, TDraft}"/>: how a draft is made, read, checked and saved, and how the page is drawn.
/// </summary>
/// <typeparam name="TItem">What a draft means: a route, an order.</typeparam>
/// <typeparam name="TDraft">What is in the fields, as text.</typeparam>
public sealed record FormParts<TItem, TDraft>
    where TItem : class
    where TDraft : class
{
    /// <summary>The form of something new, or of what the page holds itself.</summary>
    public required Func<TDraft> NewDraft { get; init; }

    /// <summary>What a draft means; adds what cannot be read of it. Null is possible only together with a problem.</summary>
    public required Func<TDraft, List<FieldProblem>, TItem?> Read { get; init; }

    /// <summary>Stores what the form holds, and says what became of it.</summary>
    public required Func<FormSave<TItem>, Task<FormOutcome<TItem>>> Save { get; init; }

    /// <summary>Runs something where the page is drawn.</summary>
    public required Func<Func<Task>, Task> Run { get; init; }

    /// <summary>Draws the page again.</summary>
    public required Action Draw { get; init; }

    /// <summary>Goes to another page.</summary>
    public required Action<string> Go { get; init; }

    /// <summary>
    /// Told that somebody throws away what was typed, with what brings it back: true, it is in the fields again; false, the browser has it
    /// for the next form. Default: nobody is told, and it is gone.
    /// </summary>
    public Action<Func<Task<bool>>> Discarded { get; init; } = _ => { };

    /// <summary>Adds what the rules say about an item, beside what <see cref="Read"/> found. Default: there are no such rules.</summary>
    public Action<TItem, List<FieldProblem>> Judge { get; init; } = (_, _) => { };

    /// <summary>
    /// What is asked before a save, whatever is typed: why this person may not save at all; null: they may. Default: nothing is asked.
    /// </summary>
    public Func<Task<FieldProblem?>> Refusal { get; init; } = () => Task.FromResult<FieldProblem?>(null);

    /// <summary>The draft in the fields, and the one that the browser kept: the draft to go on with. Default: the kept one.</summary>
    public Func<TDraft, TDraft, TDraft> Restore { get; init; } = (_, kept) => kept;

    /// <summary>What <see cref="NewDraft"/> was made from, as text. Default null: from nothing.</summary>
    public Func<string?> Base { get; init; } = () => null;

    /// <summary>The stored items of this kind, which others change, too. Default null: the form does not look at them.</summary>
    public StoredItems<TItem, TDraft>? Stored { get; init; }
}

/// <summary>The items of one kind as they are stored, for a form that shows what somebody else made of its item.</summary>
public sealed record StoredItems<TItem, TDraft>
{
    /// <summary>The item of that identity as it is stored now.</summary>
    public required Func<Guid, StoredItem<TItem>> Find { get; init; }

    /// <summary>The form of an item.</summary>
    public required Func<TItem, TDraft> DraftOf { get; init; }

    /// <summary>The canonical JSON of an item.</summary>
    public required Func<TItem, string> TextOf { get; init; }

    /// <summary>The item of that JSON and identity.</summary>
    public required Func<string, Guid, TItem> OfText { get; init; }
}

/// <summary>An item in the newest revision.</summary>
/// <param name="Item">The item; null: it is not there.</param>
/// <param name="Revision">The newest revision.</param>
/// <param name="By">The newest revision's row, when it is known.</param>
public sealed record StoredItem<TItem>(TItem? Item, long Revision, RevisionRow? By);

/// <summary>The item that a form saves, and from what it was made.</summary>
/// <param name="Item">What the draft means.</param>
/// <param name="Base">What it was made from; null: it is new.</param>
/// <param name="Comment">Why; may be empty.</param>
public sealed record FormSave<TItem>(TItem Item, string? Base, string Comment);

/// <summary>The result of saving a form. A closed set.</summary>
public abstract record FormOutcome<TItem>
{
    private FormOutcome() { }

    /// <summary>The item is stored.</summary>
    /// <param name="GoTo">The page that comes next; null: this one, with what is stored now.</param>
    public sealed record Saved(string? GoTo) : FormOutcome<TItem>;

    /// <summary>Nothing was stored, because of these problems.</summary>
    public sealed record Rejected(IReadOnlyList<FieldProblem> Problems) : FormOutcome<TItem>;

    /// <summary>Nothing was stored, because somebody else was faster.</summary>
    public sealed record Stale(StoredItem<TItem> Theirs) : FormOutcome<TItem>;
}

/// <summary>Somebody else's version of the item that is being edited.</summary>
/// <param name="IsGone">It was deleted.</param>
/// <param name="Revision">The newest revision.</param>
/// <param name="Differences">Where it differs from what was typed.</param>
/// <param name="By">The newest revision's row, when it is known.</param>
public sealed record StaleItem(bool IsGone, long Revision, IReadOnlyList<Difference> Differences, RevisionRow? By);
