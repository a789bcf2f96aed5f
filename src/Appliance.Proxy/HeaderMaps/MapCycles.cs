namespace Appliance.Proxy.HeaderMaps;

/// <summary>
/// Finds maps that feed themselves, directly or through others: evaluating them would never end. And maps that read each other in a chain
/// that is too long: a map is evaluated within the one that reads it. Never recursive: a document may have any number of maps.
/// </summary>
public static class MapCycles
{
    /// <summary>So many maps may stand in one chain.</summary>
    public const int LongestChain = 100;

    /// <summary>Every map that lies on a cycle.</summary>
    public static IReadOnlyList<CompiledHeaderMap> Find(IReadOnlyList<CompiledHeaderMap> maps) => Look(maps).Cycles;

    /// <summary>
    /// Every map that lies on a cycle, and every map that leads to more than <see cref="LongestChain"/> maps in a row, itself counted. What
    /// leads into a cycle has the length up to there.
    /// </summary>
    public static (IReadOnlyList<CompiledHeaderMap> Cycles, IReadOnlyList<CompiledHeaderMap> TooLong) Look(
        IReadOnlyList<CompiledHeaderMap> maps
    )
    {
        var next = Next(maps);
        var (isOnCycle, length) = (new bool[maps.Count], new int[maps.Count]);
        foreach (var group in Groups(next))
        {
            if (group.Count > 1 || next[group[0]].Contains(group[0]))
            {
                foreach (var map in group)
                    isOnCycle[map] = true;
                continue;
            }

            // Groups come in the order in which maps are read, the last of a chain first.
            var longest = 0;
            foreach (var read in next[group[0]])
                longest = Math.Max(longest, length[read]);
            length[group[0]] = longest + 1;
        }

        return ([.. maps.Where((_, at) => isOnCycle[at])], [.. maps.Where((_, at) => length[at] > LongestChain)]);
    }

    // For each map, the maps that it reads.
    private static int[][] Next(IReadOnlyList<CompiledHeaderMap> maps)
    {
        var byName = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (at, map) in maps.Index())
            byName[CompiledHeaderMaps.VariableOf(map.Map)] = at;
        return [.. maps.Select(map => map.Variables.Where(byName.ContainsKey).Select(name => byName[name]).Distinct().ToArray())];
    }

    // Tarjan's strongly connected components (SIAM J. Comput. 1, 1972), with a stack of its own in the place of calls.
    private static List<List<int>> Groups(int[][] next)
    {
        var groups = new List<List<int>>();
        var (number, low, isOpen) = (new int[next.Length], new int[next.Length], new bool[next.Length]);
        var open = new Stack<int>();
        var calls = new Stack<(int Map, int Edge)>();
        var count = 0;
        for (var start = 0; start < next.Length; start++)
        {
            if (number[start] != 0)
                continue;
            Enter(start);
            while (calls.TryPop(out var call))
            {
                var (map, edge) = call;
                if (edge > 0)
                    low[map] = Math.Min(low[map], low[next[map][edge - 1]]);
                while (edge < next[map].Length && number[next[map][edge]] != 0)
                {
                    if (isOpen[next[map][edge]])
                        low[map] = Math.Min(low[map], number[next[map][edge]]);
                    edge++;
                }

                if (edge < next[map].Length)
                {
                    calls.Push((map, edge + 1));
                    Enter(next[map][edge]);
                }
                else if (low[map] == number[map])
                {
                    groups.Add(TakeUpTo(map));
                }
            }
        }

        return groups;

        void Enter(int map)
        {
            number[map] = low[map] = ++count;
            isOpen[map] = true;
            open.Push(map);
            calls.Push((map, 0));
        }

        List<int> TakeUpTo(int map)
        {
            var group = new List<int>();
            int taken;
            do
            {
                taken = open.Pop();
                isOpen[taken] = false;
                group.Add(taken);
            } while (taken != map);

            return group;
        }
    }
}
