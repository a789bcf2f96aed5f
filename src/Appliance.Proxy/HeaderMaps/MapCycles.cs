namespace Appliance.Proxy.HeaderMaps;

/// <summary>Finds maps that feed themselves, directly or through others: evaluating them would never end.</summary>
public static class MapCycles
{
    /// <summary>Every map that lies on a cycle.</summary>
    public static IReadOnlyList<CompiledHeaderMap> Find(IReadOnlyList<CompiledHeaderMap> maps)
    {
        var byName = new Dictionary<string, CompiledHeaderMap>(StringComparer.Ordinal);
        foreach (var map in maps)
            byName[CompiledHeaderMaps.VariableOf(map.Map)] = map;
        return [.. maps.Where(map => Reaches(map, map, byName, []))];
    }

    private static bool Reaches(
        CompiledHeaderMap from,
        CompiledHeaderMap target,
        Dictionary<string, CompiledHeaderMap> byName,
        HashSet<CompiledHeaderMap> seen
    )
    {
        foreach (var name in from.Variables)
        {
            if (!byName.TryGetValue(name, out var next))
                continue;
            if (next == target || (seen.Add(next) && Reaches(next, target, byName, seen)))
                return true;
        }

        return false;
    }
}
