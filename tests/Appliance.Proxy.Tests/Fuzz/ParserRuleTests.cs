using System.Text;
using Appliance.Fuzz;
using CsCheck;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>
/// The rules that afl-fuzz holds the parsers to (<c>./dev bench fuzz-parsers</c>), for its first inputs, every beginning of them, and what
/// a few changed, doubled and dropped bytes make of them.
/// </summary>
public sealed class ParserRuleTests
{
    public static TheoryData<string> Names => new(Target.All.Select(target => target.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Rules_Hold_ForSeedsAndTheirBeginnings(string name)
    {
        var target = Of(name);
        foreach (var seed in target.Seeds)
        {
            var bytes = Encoding.Latin1.GetBytes(seed);
            for (var end = 0; end <= bytes.Length; end++)
                target.Check(bytes[..end]);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Rules_Hold_ForChangedSeeds(string name)
    {
        var target = Of(name);
        var seeds = target.Seeds.Select(Encoding.Latin1.GetBytes).ToArray();
        var bytes = Gen.OneOf(Gen.Byte, Gen.OneOf<byte>(0, 9, 10, 13, 32, 44, 48, 58, 59, 126, 127, 128, 255));
        Gen.Select(Gen.Int[0, seeds.Length - 1], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 1000], bytes).Array[1, 6])
            .Sample(
                (at, changes) =>
                {
                    var changed = seeds[at].ToList();
                    foreach (var (kind, place, value) in changes)
                    {
                        var index = place % (changed.Count + 1);
                        if (kind == 0 || index == changed.Count)
                            changed.Insert(index, value);
                        else if (kind == 1)
                            changed[index] = value;
                        else
                            changed.RemoveAt(index);
                    }

                    target.Check([.. changed]);
                },
                iter: Made.Many
            );
    }

    private static Target Of(string name) => Target.All.Single(target => target.Name == name);
}
