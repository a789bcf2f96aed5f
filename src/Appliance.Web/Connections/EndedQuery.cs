using System.Globalization;
using Appliance.Proxy.Connections;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Web.Connections;

/// <summary>Which ended connections are shown, as it stands in the address of the page.</summary>
public sealed record EndedQuery
{
    /// <summary>The address of the page.</summary>
    public const string Path = "/connections/ended";

    /// <summary>Words that must stand somewhere, also in the reason or in the cause.</summary>
    public string Text { get; init; } = "";

    /// <summary>The name of a route; empty: any route.</summary>
    public string Route { get; init; } = "";

    /// <summary>Who ended them, by <see cref="EndWords.Who"/>.</summary>
    public string Who { get; init; } = "";

    /// <summary>The page, from 0.</summary>
    public int Page { get; init; }

    /// <summary>True when something is chosen.</summary>
    public bool IsFiltered => this with { Page = 0 } != new EndedQuery();

    /// <summary>Reads what an address of the page says.</summary>
    public static EndedQuery Parse(string address)
    {
        var values = QueryHelpers.ParseQuery(
            address.IndexOf('?', StringComparison.Ordinal) is >= 0 and var at ? address[at..].Split('#')[0] : ""
        );
        string Value(string name) => values.TryGetValue(name, out var value) ? value.ToString().Trim() : "";
        return new()
        {
            Text = Value("q"),
            Route = Value("route"),
            Who = EndWords.Everybody.Select(EndWords.Who).FirstOrDefault(who => who == Value("who")) ?? "",
            Page = int.TryParse(Value("page"), CultureInfo.InvariantCulture, out var page) ? Math.Max(0, page - 1) : 0,
        };
    }

    /// <summary>The address that shows this.</summary>
    public string Address()
    {
        (string Name, string Value)[] parts =
        [
            ("q", Text),
            ("route", Route),
            ("who", Who),
            ("page", Page > 0 ? (Page + 1).ToString(CultureInfo.InvariantCulture) : ""),
        ];
        var query = string.Join(
            '&',
            parts.Where(part => part.Value.Length > 0).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value)}")
        );
        return query.Length == 0 ? Path : $"{Path}?{query}";
    }

    /// <summary>Those that are meant, in their order.</summary>
    public IReadOnlyList<LiveConnection> Of(IReadOnlyList<LiveConnection> ended)
    {
        if (!IsFiltered)
            return ended;
        var words = Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return
        [
            .. ended.Where(connection =>
                (Who.Length == 0 || EndWords.Who(connection.End.By()) == Who)
                && (Route.Length == 0 || Route.Equals(connection.RouteName, StringComparison.OrdinalIgnoreCase))
                && Array.TrueForAll(words, word =>
                    new ConnectionFilter { Text = word }.Matches(connection)
                    || In(connection.CloseReason, word)
                    || In(EndWords.Code(connection), word)
                    || In(EndWords.Cause(connection), word)
                )
            ),
        ];
    }

    private static bool In(string? text, string word) => text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true;
}
