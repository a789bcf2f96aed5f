using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Web.Live;
using Appliance.Web.Rights;

namespace Appliance.Web.Bulk;

/// <summary>
/// The rows of a list whose boxes are ticked. Only what is found and may be changed can be ticked: nothing is done to a row that a filter
/// hides.
/// </summary>
public sealed class Selection
{
    private readonly HashSet<Guid> _ids = [];
    private List<ConfigItem> _offered = [];
    private HashSet<Guid> _offeredIds = [];
    private (ProxyConfig Config, string Text, string Tag)? _known;

    /// <summary>The items whose boxes are ticked, as the config holds them.</summary>
    public IReadOnlyList<ConfigItem> Chosen { get; private set; } = [];

    /// <summary>How many can be ticked on all pages.</summary>
    public int Offered => _offered.Count;

    /// <summary>True for a row whose box is ticked.</summary>
    public bool Has(Guid id) => _ids.Contains(id);

    /// <summary>True for a row that can be ticked.</summary>
    public bool Offers(Guid id) => _offeredIds.Contains(id);

    /// <summary>True when every row of a page that can be ticked is ticked, and one is.</summary>
    public bool HasAll(IEnumerable<ConfigItem> page) => _ids.Count > 0 && page.Where(item => Offers(item.Id)).All(item => Has(item.Id));

    /// <summary>
    /// Takes over what the list found. Only another config or another filter changes what can be ticked; the order does not.
    /// </summary>
    public void Arrange(PageRights rights, ProxyConfig config, ListAddress place, IEnumerable<ConfigItem> found)
    {
        if (_known is { } known && ReferenceEquals(known.Config, config) && known.Text == place.Text && known.Tag == place.Tag)
            return;
        _known = (config, place.Text, place.Tag);
        _offered = rights.NoEdits is null ? [.. found.Where(item => rights.WhyNot(config, item) is null)] : [];
        _offeredIds = [.. _offered.Select(item => item.Id)];
        _ids.IntersectWith(_offeredIds);
        Choose();
    }

    /// <summary>Ticks rows that can be ticked, or takes the ticks away.</summary>
    public void Set(IEnumerable<ConfigItem> items, bool on)
    {
        foreach (var item in items.Where(item => Offers(item.Id)))
            _ = on ? _ids.Add(item.Id) : _ids.Remove(item.Id);
        Choose();
    }

    /// <summary>Ticks everything that is found, on all pages.</summary>
    public void SetAll() => Set(_offered, true);

    /// <summary>Takes all ticks away.</summary>
    public void Clear() => Set(_offered, false);

    private void Choose() => Chosen = _ids.Count == 0 ? [] : [.. _offered.Where(item => Has(item.Id))];
}
