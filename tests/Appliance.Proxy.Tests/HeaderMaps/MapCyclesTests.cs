using System.Collections.Frozen;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;

namespace Appliance.Proxy.Tests.HeaderMaps;

public sealed class MapCyclesTests
{
    private static readonly FrozenSet<string> _names = Enumerable
        .Range(0, 20_000)
        .Select(at => $"m{at}")
        .Concat(["a", "b", "c", "d", "e", "x"])
        .ToFrozenSet();

    // Each map by the ones that it reads.
    [Theory]
    [InlineData("a:a", "a")]
    [InlineData("a:b b:a", "a b")]
    [InlineData("a:b b:c c:", "")]
    [InlineData("a:b b:c c:b", "b c")]
    [InlineData("a:bc b:d c:d d:", "")]
    [InlineData("a:bc b:d c:d d:a", "a b c d")]
    [InlineData("a:b b:a c:d d:c e:ac", "a b c d")]
    [InlineData("a:x", "")]
    public void Find_IsThoseOnACircle(string maps, string onCircle)
    {
        var compiled = maps.Split(' ').Select(map => Of(map[..1], map[2..].Select(name => name.ToString()))).ToList();
        string.Join(' ', MapCycles.Find(compiled).Select(map => map.Map.Name.TrimStart('$'))).ShouldBe(onCircle);
    }

    [Fact]
    public void Find_OfRandomMaps_IsThoseThatReachThemselves()
    {
        var random = new Random(20261);
        for (var round = 0; round < 300; round++)
        {
            var count = random.Next(1, 12);
            var next = Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, count).Where(_ => random.Next(6) == 0).ToList()).ToList();
            var maps = next.Select((reads, at) => Of($"m{at}", reads.Select(read => $"m{read}"))).ToList();
            var expected = Enumerable.Range(0, count).Where(at => Reaches(next, at)).Select(at => $"$m{at}");
            MapCycles.Find(maps).Select(map => map.Map.Name).ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData(MapCycles.LongestChain, 0)]
    [InlineData(MapCycles.LongestChain + 1, 1)]
    [InlineData(20_000, 20_000 - MapCycles.LongestChain)]
    public void Look_AtAChain_FindsThoseThatLeadTooDeep(int length, int tooLong)
    {
        var maps = Enumerable.Range(0, length).Select(at => Of($"m{at}", at + 1 < length ? [$"m{at + 1}"] : [])).ToList();
        var found = MapCycles.Look(maps);
        found.Cycles.ShouldBeEmpty();
        found.TooLong.Count.ShouldBe(tooLong);
        if (tooLong > 0)
            found.TooLong[0].Map.Name.ShouldBe("$m0");
    }

    [Fact]
    public void Check_AChainThatIsTooLong_IsRefused()
    {
        var maps = Enumerable.Range(0, MapCycles.LongestChain + 1).Select(at => new HeaderMap { Name = $"$m{at}", Source = $"$m{at + 1}" });
        var last = new HeaderMap { Name = $"$m{MapCycles.LongestChain + 1}", Source = "$host" };
        var config = new ProxyConfig { HeaderMaps = [.. maps, last] };
        var check = new ConfigValidator().Check(ProxyConfig.Empty, config);
        check.Errors.Select(problem => problem.Code).Distinct().ShouldBe(["map_too_deep"]);
    }

    private static bool Reaches(List<List<int>> next, int from)
    {
        var (seen, open) = (new HashSet<int>(), new Queue<int>(next[from]));
        while (open.TryDequeue(out var at))
        {
            if (at == from)
                return true;
            if (seen.Add(at))
                next[at].ForEach(open.Enqueue);
        }

        return false;
    }

    private static CompiledHeaderMap Of(string name, IEnumerable<string> reads) =>
        CompiledHeaderMap.Compile(
            new()
            {
                Name = "$" + name,
                Source = string.Concat(reads.Select(read => "$" + read + " ")) is { Length: > 0 } source ? source : "x",
            },
            new(_names, [], 0)
        );
}
