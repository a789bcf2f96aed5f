using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Web.Live;

/// <summary>What a list shows, as it stands in the address of its page: a link to it shows the same to everybody.</summary>
public sealed record ListAddress
{
    private static readonly string[] _names = ["q", "tag", "group", "sort", "page"];

    /// <summary>What is searched for.</summary>
    public string Text { get; init; } = "";

    /// <summary>A tag that every row must have; empty: any.</summary>
    public string Tag { get; init; } = "";

    /// <summary>What the rows are grouped by; empty: not grouped.</summary>
    public string Group { get; init; } = "";

    /// <summary>
    /// The column that the rows are sorted by, with a minus before it for the other way round; empty: the list's own order.
    /// </summary>
    public string Sort { get; init; } = "";

    /// <summary>The page, from 0.</summary>
    public int Page { get; init; }

    /// <summary>What else the address says, which the page itself reads: <c>item=…</c>. It stays when the list changes.</summary>
    public string Rest { get; init; } = "";

    /// <summary>Reads an address, absolute or not.</summary>
    public static ListAddress Parse(string address)
    {
        var values = QueryHelpers.ParseQuery(
            address.IndexOf('?', StringComparison.Ordinal) is >= 0 and var at ? address[at..].Split('#')[0] : ""
        );
        string Value(string name) => values.TryGetValue(name, out var value) ? value.ToString() : "";
        return new()
        {
            Text = Value("q"),
            Tag = Value("tag"),
            Group = Value("group"),
            Sort = Value("sort"),
            Rest = string.Join(
                '&',
                values.Where(pair => !_names.Contains(pair.Key)).SelectMany(pair => pair.Value.Select(value => Part(pair.Key, value ?? "")))
            ),
            Page = int.TryParse(Value("page"), CultureInfo.InvariantCulture, out var page) ? Math.Max(0, page - 1) : 0,
        };
    }

    /// <summary>The address that shows this under <paramref name="path"/>.</summary>
    public string Address(string path)
    {
        (string Name, string Value)[] known =
        [
            ("q", Text),
            ("tag", Tag),
            ("group", Group),
            ("sort", Sort),
            ("page", Page > 0 ? (Page + 1).ToString(CultureInfo.InvariantCulture) : ""),
        ];
        string[] parts = [Rest, .. known.Where(part => part.Value.Length > 0).Select(part => Part(part.Name, part.Value))];
        var query = string.Join('&', parts.Where(part => part.Length > 0));
        return query.Length == 0 ? path : $"{path}?{query}";
    }

    private static string Part(string name, string value) => $"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}";
}
