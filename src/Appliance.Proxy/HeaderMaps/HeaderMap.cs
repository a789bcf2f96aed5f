using System.Collections.Immutable;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.HeaderMaps;

/// <summary>
/// A variable computed from others (ngx_http_map_module). <see cref="ConfigItem.Name"/> is the variable with its <c>$</c>.
/// Looked up only when used, once a request: exact, longest <c>*.mask</c>, longest <c>mask.*</c>, first regex, default.
/// </summary>
public sealed record HeaderMap : ConfigItem
{
    /// <summary>The template whose value is looked up: <c>$http_upgrade</c>, <c>$host:$server_port</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The rows. Only the order of regexes matters.</summary>
    public ImmutableArray<HeaderMapRow> Rows { get; init; } = [];

    /// <summary>Result when no row matches, a template. Default empty.</summary>
    public string Default { get; init; } = "";
}

/// <summary>One row of a <see cref="HeaderMap"/>.</summary>
public sealed record HeaderMapRow
{
    /// <summary>How <see cref="Pattern"/> is compared. Default exact.</summary>
    public HeaderMapRowKind Kind { get; init; } = HeaderMapRowKind.Exact;

    /// <summary>What the source's value is compared with. An exact row with an empty pattern matches an empty value.</summary>
    public required string Pattern { get; init; }

    /// <summary>The result, a template; may use <c>$1</c> to <c>$9</c> and named captures of its own regex.</summary>
    public required string Value { get; init; }
}

/// <summary>How a map row compares.</summary>
public enum HeaderMapRowKind
{
    /// <summary>The whole value, ignoring case.</summary>
    Exact,

    /// <summary>
    /// A host name mask: <c>*.example.com</c>, <c>mail.*</c>, <c>.example.com</c> (nginx: with hostnames).
    /// A map with a mask row ignores one trailing dot of the value.
    /// </summary>
    Mask,

    /// <summary>Case-sensitive regular expression, unanchored (<c>~</c>).</summary>
    Regex,

    /// <summary>Regular expression that ignores case (<c>~*</c>).</summary>
    RegexIgnoreCase,
}
