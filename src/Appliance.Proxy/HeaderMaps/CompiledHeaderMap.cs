using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.HeaderMaps;

/// <summary>
/// One map ready for lookups (ngx_http_map_module's order: exact, longest <c>*.mask</c>, longest <c>mask.*</c>, first regex, default).
/// </summary>
public sealed class CompiledHeaderMap
{
    private readonly Template _source;
    private readonly Template _byDefault;
    private readonly Row _defaultRow;
    private readonly FrozenDictionary<string, Row> _exact;
    private readonly FrozenDictionary<string, Row> _leading;
    private readonly FrozenDictionary<string, Row> _trailing;
    private readonly (Regex Regex, Row Row)[] _regexes;

    private CompiledHeaderMap(HeaderMap map, VariableNames maps)
    {
        Map = map;
        _source = Parsed(map.Source, maps);
        _byDefault = Parsed(map.Default, maps);
        _defaultRow = new(-1, _byDefault);
        var exacts = new Dictionary<string, Row>(StringComparer.Ordinal);
        var heads = new Dictionary<string, Row>(StringComparer.Ordinal);
        var tails = new Dictionary<string, Row>(StringComparer.Ordinal);
        var inOrder = new List<(Regex, Row)>();
        for (var index = 0; index < map.Rows.Length; index++)
        {
            var row = map.Rows[index];
            switch (row.Kind)
            {
                case HeaderMapRowKind.Exact:
                    exacts.TryAdd(Key(row.Pattern), new(index, Parsed(row.Value, maps)));
                    break;
                case HeaderMapRowKind.Mask:
                    AddMask(Key(row.Pattern), new(index, Parsed(row.Value, maps)), exacts, heads, tails);
                    break;
                default:
                    var regex = NginxRegex.TryCompile(row.Pattern, row.Kind == HeaderMapRowKind.RegexIgnoreCase, out var error)
                        ?? throw new FormatException(error);
                    inOrder.Add((regex, new(index, Parsed(row.Value, maps with { Captures = Captures(regex), PositionalCaptures = 9 }))));
                    break;
            }
        }

        _exact = exacts.ToFrozenDictionary(StringComparer.Ordinal);
        _leading = heads.ToFrozenDictionary(StringComparer.Ordinal);
        _trailing = tails.ToFrozenDictionary(StringComparer.Ordinal);
        _regexes = [.. inOrder];
        HasMasks = map.Rows.Any(row => row.Kind == HeaderMapRowKind.Mask);
    }

    /// <summary>What it was compiled from.</summary>
    public HeaderMap Map { get; }

    /// <summary>True when a look-up may take long (<see cref="NginxRegex.MayBacktrack"/>).</summary>
    public bool MayBacktrack => _regexes.Any(row => NginxRegex.MayBacktrack(row.Regex));

    private bool HasMasks { get; }

    /// <summary>Variables that source, rows and default read.</summary>
    public IEnumerable<string> Variables =>
        _source
            .Variables.Concat(_byDefault.Variables)
            .Concat(
                _exact
                    .Values.Concat(_leading.Values)
                    .Concat(_trailing.Values)
                    .Concat(_regexes.Select(pair => pair.Row))
                    .SelectMany(row => row.Result.Variables)
            );

    /// <summary>Compiles a valid map; throws <see cref="FormatException"/> with the reason for one that is not.</summary>
    public static CompiledHeaderMap Compile(HeaderMap map, VariableNames maps) => new(map, maps);

    /// <summary>Names of the named captures of a regex.</summary>
    public static FrozenSet<string> Captures(Regex regex) => regex.GetGroupNames().Where(name => !char.IsAsciiDigit(name[0])).ToFrozenSet();

    /// <summary>Looks up the source's value for this request and renders the row's result.</summary>
    public string Evaluate(RequestFacts facts)
    {
        var outer = facts.RowCaptures;
        facts.RowCaptures = null;
        try
        {
            return Lookup(_source.Render(facts)).Render(facts);
        }
        finally
        {
            facts.RowCaptures = outer;
        }
    }

    /// <summary>
    /// Which row wins for this value (one char for each byte): its index, -1 for the default, and the captures of a regex row. Also what a
    /// tester shows. Throws <see cref="RegexOutOfTimeException"/>: nginx takes the default then, which may open what a row closes.
    /// </summary>
    public MapLookup Lookup(string value)
    {
        if (HasMasks && value.EndsWith('.'))
            value = value[..^1];
        var key = BytesText.Lower(value);
        if (_exact.TryGetValue(key, out var row))
            return new(row.Index, row.Result, null);
        if (HasMasks && key.Length > 0 && (Longest(key, _leading, fromEnd: true) ?? Longest(key, _trailing, fromEnd: false)) is { } masked)
            return new(masked.Index, masked.Result, null);

        // An empty value is never tried against regexes (ngx_http_map_find).
        if (value.Length > 0)
        {
            foreach (var (regex, candidate) in _regexes)
            {
                if (Match(regex, candidate, value) is { } match)
                    return new(candidate.Index, candidate.Result, match);
            }
        }

        return new(-1, _defaultRow.Result, null);
    }

    private Match? Match(Regex regex, Row row, string value)
    {
        try
        {
            return NginxRegex.Match(regex, value);
        }
        catch (RegexOutOfTimeException slow)
        {
            slow.StandsIn($"row {row.Index + 1} of {Map.Name}", Map.Rows[row.Index].Pattern, []);
            throw;
        }
    }

    // As values are looked up: UTF-8 bytes, A to Z lower.
    private static string Key(string pattern) => BytesText.Lower(HeaderText.FromConfig(pattern));

    private static Row? Longest(string value, FrozenDictionary<string, Row> masks, bool fromEnd)
    {
        if (masks.Count == 0)
            return null;
        var lookup = masks.GetAlternateLookup<ReadOnlySpan<char>>();
        if (fromEnd)
        {
            for (var dot = value.IndexOf('.'); dot >= 0; dot = value.IndexOf('.', dot + 1))
            {
                if (lookup.TryGetValue(value.AsSpan(dot + 1), out var row))
                    return row;
            }
        }
        else
        {
            for (var dot = value.LastIndexOf('.'); dot > 0; dot = value.LastIndexOf('.', dot - 1))
            {
                if (dot < value.Length - 1 && lookup.TryGetValue(value.AsSpan(0, dot), out var row))
                    return row;
            }
        }

        return null;
    }

    private static void AddMask(
        string mask,
        Row row,
        Dictionary<string, Row> exacts,
        Dictionary<string, Row> heads,
        Dictionary<string, Row> tails
    )
    {
        if (mask.StartsWith("*.", StringComparison.Ordinal))
        {
            heads.TryAdd(mask[2..], row);
        }
        else if (mask.StartsWith('.'))
        {
            exacts.TryAdd(mask[1..], row);
            heads.TryAdd(mask[1..], row);
        }
        else
        {
            tails.TryAdd(mask[..^2], row);
        }
    }

    private static Template Parsed(string text, VariableNames names)
    {
        var parsed = Template.Parse(text, names);
        return parsed.Template ?? throw new FormatException(parsed.Error);
    }

    private sealed record Row(int Index, Template Result);
}

/// <summary>The result of a lookup.</summary>
/// <param name="Row">Index of the row, or -1 for the default.</param>
/// <param name="Result">The template of the row.</param>
/// <param name="Captures">Captures of a regex row.</param>
public readonly record struct MapLookup(int Row, Template Result, Match? Captures)
{
    /// <summary>The result for this request, with the captures of the row.</summary>
    public string Render(RequestFacts facts)
    {
        var outer = facts.RowCaptures;
        facts.RowCaptures = Captures;
        try
        {
            return Result.Render(facts);
        }
        finally
        {
            facts.RowCaptures = outer;
        }
    }
}
