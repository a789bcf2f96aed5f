using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Web.Audit;

/// <summary>
/// The filter and the page of the audit as they stand in the page's address: everybody who opens the address sees the same entries.
/// </summary>
public sealed record AuditAddress
{
    /// <summary>The address of the page.</summary>
    public const string Path = "/audit";

    /// <summary>Where exports come from.</summary>
    public const string ExportPath = "/audit/export";

    /// <summary>The filters: which entries are shown.</summary>
    public AuditQuery Query { get; init; } = new();

    /// <summary>The page of those older than this entry; null: the newest, or <see cref="NewerThan"/>.</summary>
    public long? OlderThan { get; init; }

    /// <summary>The page of those newer than this entry.</summary>
    public long? NewerThan { get; init; }

    /// <summary>The entry whose details are open.</summary>
    public long? Entry { get; init; }

    /// <summary>True on the page of the newest.</summary>
    public bool IsNewest => OlderThan is null && NewerThan is null;

    /// <summary>Reads what an address of the page says.</summary>
    public static AuditAddress Parse(string address)
    {
        var values = QueryHelpers.ParseQuery(
            address.IndexOf('?', StringComparison.Ordinal) is >= 0 and var at ? address[at..].Split('#')[0] : ""
        );
        var older = Number("older");
        return new()
        {
            Query = AuditQuery.Of(Value),
            OlderThan = older,
            NewerThan = older is null ? Number("newer") : null,
            Entry = Number("entry"),
        };

        string? Value(string name) => values.TryGetValue(name, out var value) ? value.ToString() : null;
        long? Number(string name) =>
            long.TryParse(Value(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>The address that shows this.</summary>
    public string Address()
    {
        (string Name, long? Value)[] numbers = [("older", OlderThan), ("newer", NewerThan), ("entry", Entry)];
        var parts = numbers
            .Where(number => number.Value is not null)
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"{number.Name}={number.Value}"));
        var query = string.Join('&', ((string[])[Query.ToQueryString(), .. parts]).Where(part => part.Length > 0));
        return query.Length == 0 ? Path : $"{Path}?{query}";
    }

    /// <summary>The address of an export of what is meant here.</summary>
    public string ExportAddress(string format) => $"{ExportPath}?format={format}{(Query.IsFiltered ? "&" + Query.ToQueryString() : "")}";
}
