using System.Globalization;
using Appliance.Proxy.Connections;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Web.Connections;

/// <summary>Which refused handshakes are shown, as it stands in the address of the page.</summary>
public sealed record RefusedQuery
{
    /// <summary>The address of the page.</summary>
    public const string Path = "/connections/refused";

    /// <summary>Words that must stand somewhere, also in the reason or in the status.</summary>
    public string Text { get; init; } = "";

    /// <summary>The name of a route; empty: any route.</summary>
    public string Route { get; init; } = "";

    /// <summary>Whose no it was, by <see cref="EndWords.Side"/>.</summary>
    public string By { get; init; } = "";

    /// <summary>The page, from 0.</summary>
    public int Page { get; init; }

    /// <summary>True when something is chosen.</summary>
    public bool IsFiltered => this with { Page = 0 } != new RefusedQuery();

    /// <summary>Reads what an address of the page says.</summary>
    public static RefusedQuery Parse(string address)
    {
        var values = QueryHelpers.ParseQuery(
            address.IndexOf('?', StringComparison.Ordinal) is >= 0 and var at ? address[at..].Split('#')[0] : ""
        );
        string Value(string name) => values.TryGetValue(name, out var value) ? value.ToString().Trim() : "";
        return new()
        {
            Text = Value("q"),
            Route = Value("route"),
            By = Enum.GetValues<HandshakeSide>().Select(EndWords.Side).FirstOrDefault(side => side == Value("by")) ?? "",
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
            ("by", By),
            ("page", Page > 0 ? (Page + 1).ToString(CultureInfo.InvariantCulture) : ""),
        ];
        var query = string.Join(
            '&',
            parts.Where(part => part.Value.Length > 0).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value)}")
        );
        return query.Length == 0 ? Path : $"{Path}?{query}";
    }

    /// <summary>Those that are meant, in their order.</summary>
    public IReadOnlyList<FailedHandshake> Of(IReadOnlyList<FailedHandshake> refused)
    {
        if (!IsFiltered)
            return refused;
        var filter = new ConnectionFilter { Text = Text, Route = Route.Length > 0 ? Route : null };
        return [.. refused.Where(handshake => (By.Length == 0 || EndWords.Side(handshake.Side) == By) && filter.Matches(handshake))];
    }
}
