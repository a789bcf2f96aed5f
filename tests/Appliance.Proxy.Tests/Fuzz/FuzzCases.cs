namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>Which inputs are tried where.</summary>
internal static class FuzzCases
{
    // Half of the time of a run is TLS and half of the bytes are letters: where the bytes matter less, these stand for all.
    private const string Telling = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~Aa0\u007f\u0080\u0085\u00a0\u00ad\u00c3\u00e9\u00ff";
    private static readonly string[] _whole =
    [
        "target",
        "query",
        "host",
        "name",
        "value",
        "cookie",
        "replaced path, escaped",
        "rule's value",
        "capture",
        "redirect by path",
    ];
    private static readonly Door[] _doors = Enum.GetValues<Door>();
    private static readonly ServerKind[] _servers = Enum.GetValues<ServerKind>();

    // Whole characters of UTF-8, their cuts, overlong and forbidden forms; what attackers write.
    private static readonly string[] _words =
    [
        "\u00c3\u00a9",
        "\u00e2\u0082\u00ac",
        "\u00e2\u0082",
        "\u00f0\u009f\u0099\u0082",
        "\u00f0\u009f\u0099",
        "\u00c0\u00af",
        "\u00ed\u00a0\u0080",
        "\u00ff\u00fe",
        "\r\n",
        "\r\n\r\n",
        " HTTP/1.1",
        "%0d%0a",
        "%00",
        "%c3%a9",
        "%25",
        "//",
        "/../",
        "\t\t",
        "  ",
        "\u00c3" + new string('A', 90),
    ];

    /// <summary>
    /// Every byte and every word once at every position, through doors and to servers in turn; another <paramref name="turn"/> turns them
    /// on.
    /// </summary>
    public static IEnumerable<FuzzCase> EachByte(int turn, IEnumerable<Position> positions, params Door[] doors)
    {
        foreach (var (number, position) in positions.Index())
        {
            var fitting = (doors.Length > 0 ? doors : _doors).Where(position.Fits).ToArray();
            foreach (var (at, input) in Inputs(position).Index())
            {
                var server = _servers[((at / fitting.Length) + number + turn) % _servers.Length];
                yield return new(fitting[(at + number + turn) % fitting.Length], server, [(position, input)]);
            }
        }
    }

    /// <summary>The same with fewer bytes where they matter less.</summary>
    public static IEnumerable<FuzzCase> EachTellingByte(int turn) =>
        EachByte(turn, Position.All).Where(one => _whole.Contains(one.Inputs[0].Position.Name) || IsTelling(one.Inputs[0].Input));

    /// <summary>True for control bytes, marks, one of each kind of letter, and whatever is longer than a byte.</summary>
    public static bool IsTelling(string input) => input is not [var only] || only < ' ' || Telling.Contains(only, StringComparison.Ordinal);

    /// <summary>Any bytes at up to three positions, without an end.</summary>
    public static IEnumerable<FuzzCase> Random(int seed)
    {
        var random = new Random(seed);
        while (true)
        {
            var door = random.GetItems(_doors, 1)[0];
            var fitting = Position.All.Where(one => one.Fits(door)).ToArray();
            var inputs = new List<(Position, string)>();
            var taken = default(Parts);
            for (var count = random.Next(1, 4); count > 0; count--)
            {
                var position = random.GetItems(fitting, 1)[0];
                if ((position.Parts & taken) != 0)
                    continue;
                taken |= position.Parts;
                inputs.Add((position, RandomInput(random, position)));
            }

            yield return new(door, random.GetItems(_servers, 1)[0], [.. inputs]);
        }
    }

    /// <summary>The next ones.</summary>
    public static List<FuzzCase> Take(IEnumerator<FuzzCase> cases, int count)
    {
        var some = new List<FuzzCase>(count);
        while (some.Count < count && cases.MoveNext())
            some.Add(cases.Current);
        return some;
    }

    private static string RandomInput(Random random, Position position)
    {
        var choices = Inputs(position).ToArray();
        if (random.Next(3) == 0)
            return random.GetItems(choices, 1)[0];
        for (var tries = 0; tries < 8; tries++)
        {
            var some = string.Concat(random.GetItems(choices, random.Next(2, 9)));
            if (position.Takes(some))
                return some;
        }

        return random.GetItems(choices, 1)[0];
    }

    private static IEnumerable<string> Inputs(Position position) =>
        position.Name.StartsWith("config's", StringComparison.Ordinal)
            ? ConfigPositions.Characters
            : [.. Enumerable.Range(0, 256).Select(code => ((char)code).ToString()), .. _words.Where(position.Takes)];
}
