using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace Appliance.Web.Live;

/// <summary>
/// A live list: searched, filtered by a tag, sorted by one column, shown a page at a time. What is found is arranged when one of these
/// changes, not at every view. All of them stand in the address: typing replaces it, everything else is a step that Back takes back.
/// </summary>
public abstract class ListPage : LivePage
{
    /// <summary>Rows of a page.</summary>
    protected const int PageSize = 50;

    /// <summary>The column that stands for the list's own order.</summary>
    protected const string OwnOrder = "order";

    private readonly Queue<string> _ours = new();
    private string _path = "";
    private int _shownPage;

    /// <summary>The search, order and page that are shown.</summary>
    protected ListAddress Place { get; private set; } = new();

    /// <summary>What is searched for.</summary>
    protected string Sought => Place.Text;

    /// <summary>The words of <see cref="Sought"/>; a row must have them all.</summary>
    protected string[] Words => Sought.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The tag that every row must have; empty: any.</summary>
    protected string Tag => Place.Tag;

    /// <summary>True when rows are left out.</summary>
    protected bool IsFiltered => Sought.Length > 0 || Tag.Length > 0;

    /// <summary>The column it is sorted by.</summary>
    protected string Column => Place.Sort.TrimStart('-') is { Length: > 0 } column ? column : OwnOrder;

    /// <summary>The other way round.</summary>
    protected bool Down => Place.Sort.StartsWith('-');

    /// <summary>The page that is shown, from 0.</summary>
    protected int PageNumber
    {
        get => _shownPage;
        set => Show(Place with { Page = value });
    }

    [Inject]
    private NavigationManager Navigation { get; set; } = null!; // injected

    /// <summary>Finds and sorts the rows.</summary>
    protected abstract void Arrange();

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        base.OnInitialized();
        _path = new Uri(Navigation.Uri).AbsolutePath;
        Place = ListAddress.Parse(Navigation.Uri);
        Navigation.LocationChanged += Moved;
        Arrange();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Navigation.LocationChanged -= Moved;
        base.Dispose(disposing);
    }

    /// <summary>The rows of the page that is shown; in place of one that is gone, because rows went, the last one there is.</summary>
    protected IEnumerable<T> OfPage<T>(IReadOnlyList<T> rows)
    {
        _shownPage = Math.Clamp(Place.Page, 0, Math.Max(0, (rows.Count - 1) / PageSize));
        return rows.Skip(_shownPage * PageSize).Take(PageSize);
    }

    /// <summary>Searches, from the first page on.</summary>
    protected void Find(string text) => Show(Place with { Text = text, Page = 0 }, typing: true);

    /// <summary>Leaves nothing out any more.</summary>
    protected void ShowAll() => Show(Place with { Text = "", Tag = "", Page = 0 });

    /// <summary>Shows only rows with this tag, or all again when that is so already.</summary>
    protected void FilterBy(string tag) => Show(Place with { Tag = Place.Tag == tag ? "" : tag, Page = 0 });

    /// <summary>A column's heading: this way round, the other, and back to the list's own order.</summary>
    protected virtual void SortBy(string wanted) => Show(Place with { Sort = NextSort(wanted) });

    /// <summary>The order after a click on a column's heading.</summary>
    protected string NextSort(string wanted) =>
        Column != wanted ? wanted
        : Down ? ""
        : "-" + wanted;

    /// <summary>Shows something else, and writes it into the address: in place of the one before while somebody types.</summary>
    protected void Show(ListAddress wanted, bool typing = false)
    {
        Place = wanted;
        Arrange();
        var address = Navigation.ToAbsoluteUri(wanted.Address(_path)).AbsoluteUri;
        if (address == Navigation.Uri && _ours.Count == 0)
            return;
        _ours.Enqueue(address);
        Navigation.NavigateTo(address, replace: typing);
    }

    // The browser tells of our own changes late: by then more may have been typed, which must stay.
    private void Moved(object? sender, LocationChangedEventArgs arguments)
    {
        if (new Uri(arguments.Location).AbsolutePath != _path)
            return;
        if (_ours.TryPeek(out var next) && next == arguments.Location)
        {
            _ours.Dequeue();
            return;
        }

        _ours.Clear();
        Place = ListAddress.Parse(arguments.Location);
        Arrange();
        _ = InvokeAsync(StateHasChanged);
    }
}
