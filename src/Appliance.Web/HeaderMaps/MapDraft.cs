using Appliance.Proxy.HeaderMaps;
using Appliance.Web.Forms;

namespace Appliance.Web.HeaderMaps;

/// <summary>A header map as text in the fields of its form.</summary>
public sealed class MapDraft
{
    public string Name { get; set; } = "$";
    public string Source { get; set; } = "";
    public string Default { get; set; } = "";
    public string Tags { get; set; } = "";
    public List<MapRowDraft> Rows { get; set; } = [];

    public static MapDraft Of(HeaderMap map) =>
        new()
        {
            Name = map.Name,
            Source = map.Source,
            Default = map.Default,
            Tags = string.Join(' ', map.Tags),
            Rows = [.. map.Rows.Select(MapRowDraft.Of)],
        };

    /// <summary>The map of every WebSocket set-up: what Connection says depends on what Upgrade said.</summary>
    public static MapDraft ConnectionUpgrade() =>
        new()
        {
            Name = "$connection_upgrade",
            Source = "$http_upgrade",
            Default = "upgrade",
            Rows = [new() { Pattern = "", Value = "close" }],
        };

    /// <summary>The map it means. A name without its dollar sign gets one.</summary>
    public HeaderMap Read(Guid id) =>
        new()
        {
            Id = id,
            Name = Name.Trim() is { Length: > 0 } name && name[0] != '$' ? "$" + name : Name.Trim(),
            Source = Source.Trim(),
            Default = Default,
            Tags = [.. Texts.Words(Tags)],
            Rows = [.. Rows.Select(row => row.Read())],
        };
}

/// <summary>A row as text.</summary>
public sealed class MapRowDraft
{
    public string Kind { get; set; } = nameof(HeaderMapRowKind.Exact);
    public string Pattern { get; set; } = "";
    public string Value { get; set; } = "";

    public static MapRowDraft Of(HeaderMapRow row) =>
        new()
        {
            Kind = row.Kind.ToString(),
            Pattern = row.Pattern,
            Value = row.Value,
        };

    public HeaderMapRow Read() =>
        new()
        {
            Kind = Enum.TryParse<HeaderMapRowKind>(Kind, out var kind) ? kind : HeaderMapRowKind.Exact,
            Pattern = Pattern,
            Value = Value,
        };
}
