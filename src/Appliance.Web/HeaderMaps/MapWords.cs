using Appliance.Proxy.HeaderMaps;

namespace Appliance.Web.HeaderMaps;

/// <summary>The words for rows of maps on the pages.</summary>
public static class MapWords
{
    /// <summary>Kinds of rows in the order of the form.</summary>
    public static IReadOnlyList<(string Value, string Text)> Kinds { get; } =
    [
        (nameof(HeaderMapRowKind.Exact), "Exact"),
        (nameof(HeaderMapRowKind.Mask), "Host mask"),
        (nameof(HeaderMapRowKind.Regex), "Regex"),
        (nameof(HeaderMapRowKind.RegexIgnoreCase), "Regex, ignore case"),
    ];

    /// <summary>nginx's spelling of a row.</summary>
    public static string Nginx(HeaderMapRow row) =>
        row.Kind switch
        {
            HeaderMapRowKind.Regex => "~" + row.Pattern,
            HeaderMapRowKind.RegexIgnoreCase => "~*" + row.Pattern,
            _ => row.Pattern.Length == 0 ? "''" : row.Pattern,
        };
}
