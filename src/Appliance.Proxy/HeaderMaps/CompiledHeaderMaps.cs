using System.Collections.Frozen;
using System.Collections.Immutable;
using Appliance.Proxy.Items;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.HeaderMaps;

/// <summary>All maps of a snapshot, ready for lookups. Immutable.</summary>
public sealed class CompiledHeaderMaps : MapValues
{
    private readonly FrozenDictionary<string, int> _index;
    private readonly CompiledHeaderMap?[] _maps;
    private readonly bool[] _readsAnswer;

    private CompiledHeaderMaps(FrozenDictionary<string, int> index, CompiledHeaderMap?[] maps)
    {
        _index = index;
        _maps = maps;
        Names = new(index.Keys.ToFrozenSet(), [], 0);
        MayBacktrack = maps.Any(map => map is { MayBacktrack: true });
        _readsAnswer = FindReaders(index, maps);
    }

    /// <summary>True when a look-up may take long (<see cref="NginxRegex.MayBacktrack"/>).</summary>
    public bool MayBacktrack { get; }

    /// <summary>No maps are configured.</summary>
    public static CompiledHeaderMaps Empty { get; } = new(FrozenDictionary<string, int>.Empty, []);

    /// <summary>Names without <c>$</c>, for compiling templates.</summary>
    public VariableNames Names { get; }

    /// <summary>
    /// Compiles valid maps. A map that does not compile (stored under older rules), or that feeds itself, is left out with empty values and
    /// named in <paramref name="leftOut"/>. Maps whose reference did not change keep their compiled form from <paramref name="previous"/>.
    /// </summary>
    public static CompiledHeaderMaps Compile(ImmutableArray<HeaderMap> maps, CompiledHeaderMaps previous, List<ConfigProblem> leftOut)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var number = 0; number < maps.Length; number++)
            index[VariableOf(maps[number])] = number;
        var frozen = index.ToFrozenDictionary(StringComparer.Ordinal);
        if (
            previous._maps.Length == maps.Length
            && maps.Select((map, number) => ReferenceEquals(previous._maps[number]?.Map, map)).All(same => same)
        )
            return previous;

        var names = new VariableNames(frozen.Keys.ToFrozenSet(), [], 0);
        var keep = names.Maps.SetEquals(previous.Names.Maps);
        var compiled = new CompiledHeaderMap?[maps.Length];
        for (var number = 0; number < maps.Length; number++)
        {
            try
            {
                compiled[number] = (keep ? Array.Find(previous._maps, before => ReferenceEquals(before?.Map, maps[number])) : null)
                    ?? CompiledHeaderMap.Compile(maps[number], names);
            }
            catch (FormatException exception)
            {
                leftOut.Add(
                    new(
                        $"headerMaps/{maps[number].Name}",
                        "map_left_out",
                        $"{maps[number].Name} is empty until it is fixed: {exception.Message}"
                    )
                );
            }
        }

        var (cycles, tooLong) = MapCycles.Look([.. compiled.Where(entry => entry is not null).Select(entry => entry!)]);
        foreach (var deep in tooLong)
        {
            compiled[index[VariableOf(deep.Map)]] = null;
            var why = $"{deep.Map.Name} is empty until it is fixed: more than {MapCycles.LongestChain} maps read each other in a row.";
            leftOut.Add(new($"headerMaps/{deep.Map.Name}", "map_too_deep", why));
        }

        foreach (var cycle in cycles)
        {
            compiled[index[VariableOf(cycle.Map)]] = null;
            leftOut.Add(new($"headerMaps/{cycle.Map.Name}", "map_cycle", $"{cycle.Map.Name} is empty until it is fixed: it feeds itself."));
        }

        return new(frozen, compiled);
    }

    /// <summary>The variable's name of a map, without <c>$</c>, lower case.</summary>
    public static string VariableOf(HeaderMap map) => map.Name.TrimStart('$').ToLowerInvariant();

    /// <summary>The compiled map of that name, or null.</summary>
    public CompiledHeaderMap? Find(string name) => _index.TryGetValue(name, out var number) ? _maps[number] : null;

    /// <summary>
    /// The value of the map called <paramref name="name"/> (without <c>$</c>) for this request; evaluated once, then kept in the facts.
    /// </summary>
    public override string Value(string name, RequestFacts facts)
    {
        if (!_index.TryGetValue(name, out var number) || _maps[number] is not { } map)
            return "";
        if (_readsAnswer[number])
            return EvaluateLate(map, facts);
        var values = facts.EvaluatedMaps ??= new string?[_maps.Length];
        return values[number] ??= map.Evaluate(facts);
    }

    /// <inheritdoc/>
    public override bool ReadsAnswer(string name) => _index.TryGetValue(name, out var number) && _readsAnswer[number];

    // The server has done its work: an answer is not thrown away for a regex that takes too long.
    private static string EvaluateLate(CompiledHeaderMap map, RequestFacts facts)
    {
        try
        {
            return map.Evaluate(facts);
        }
        catch (RegexOutOfTimeException)
        {
            return "";
        }
    }

    // A map may read another one, which reads the answer.
    private static bool[] FindReaders(FrozenDictionary<string, int> index, CompiledHeaderMap?[] maps)
    {
        var readers = new bool[maps.Length];
        for (var found = true; found; )
        {
            found = false;
            for (var number = 0; number < maps.Length; number++)
            {
                if (readers[number] || maps[number]?.Variables.Any(Reads) != true)
                    continue;
                (readers[number], found) = (true, true);
            }
        }

        return readers;

        bool Reads(string name) => index.TryGetValue(name, out var other) ? readers[other] : VariableTable.IsResponseSide(name);
    }
}
