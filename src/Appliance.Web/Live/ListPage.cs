namespace Appliance.Web.Live;

/// <summary>A live list: searched, sorted by one column, shown a page at a time. What is found is arranged when one of these changes, not at every view.</summary>
public abstract class ListPage : LivePage
{
    /// <summary>Rows of a page.</summary>
    protected const int PageSize = 50;

    /// <summary>The column that stands for the list's own order.</summary>
    protected const string OwnOrder = "order";

    private int page;

    /// <summary>What is searched for.</summary>
    protected string Sought { get; set; } = "";

    /// <summary>The words of <see cref="Sought"/>; a row must have them all.</summary>
    protected string[] Words => Sought.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The column it is sorted by.</summary>
    protected string Column { get; private set; } = OwnOrder;

    /// <summary>The other way round.</summary>
    protected bool Down { get; private set; }

    /// <summary>The page that is shown, from 0.</summary>
    protected int PageNumber
    {
        get => page;
        set
        {
            page = value;
            Arrange();
        }
    }

    /// <summary>Finds and sorts the rows.</summary>
    protected abstract void Arrange();

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        base.OnInitialized();
        Arrange();
    }

    /// <summary>The rows of the page that is shown; one that is gone, because rows went, is the last one there is.</summary>
    protected IEnumerable<T> OfPage<T>(IReadOnlyList<T> rows)
    {
        page = Math.Clamp(page, 0, Math.Max(0, (rows.Count - 1) / PageSize));
        return rows.Skip(page * PageSize).Take(PageSize);
    }

    /// <summary>Searches, from the first page on.</summary>
    protected void Find(string text)
    {
        (Sought, page) = (text, 0);
        Arrange();
    }

    /// <summary>A column's heading: this way round, the other, and back to the list's own order.</summary>
    protected virtual void SortBy(string wanted)
    {
        (Column, Down) = Column != wanted ? (wanted, false) : Down ? (OwnOrder, false) : (wanted, true);
        Arrange();
    }
}
