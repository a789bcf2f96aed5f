using System.Text;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>
/// Positions in what a config makes of a request: replaced paths, rules, maps, captures, redirects, fixed answers; and in the config's own
/// text.
/// </summary>
internal static class ConfigPositions
{
    /// <summary>Characters that stand in the text of configs: every one of Latin-1, and some of two, three and four bytes.</summary>
    public static IReadOnlyList<string> Characters { get; } =
    [.. Enumerable.Range(0, 256).Select(code => ((char)code).ToString()), "ž", "Ω", "я", "€", "❤", "\u2028", "漢", "\ufffd", "🙂", "𝔘"];

    public static IReadOnlyList<Position> All { get; } =
    [
        new("replaced path", Parts.Line, Replaced) { Takes = input => !Octets.HasAny(input, "\r\n./%?#") },
        new("replaced path, escaped", Parts.Line, ReplacedEscaped) { Takes = input => !Octets.HasAny(input, "./\0") },
        new("rule's value", Parts.Line | Parts.Input, (probe, input) => Ruled(Input(probe, input), input)),
        new("argument", Parts.Line | Parts.Input, Argument) { Takes = input => !Octets.HasAny(input, "\r\n&#") },
        new("capture", Parts.Line, Capture) { Takes = input => !Octets.HasAny(input, "./\0") },
        new("redirect by path", Parts.Line, RedirectByPath) { Takes = input => !Octets.HasAny(input, "./\0") },
        new("redirect by header", Parts.Line | Parts.Input, (probe, input) =>
            Located(Input(probe, input) with { Target = "/red/h/" }, 302, "https://x.test/a", input, "z")
        ),
        new("fixed answer", Parts.Line | Parts.Input, Fixed) { Fits = HasPages },
        new("slash", Parts.Line, Slash) { Takes = input => !Octets.HasAny(input, "\r\n#%"), Fits = IsNoWebSocket },
        new("config's value", Parts.Line, (probe, input) => Written(probe, input, "cfg", "X-Cfg")) { Takes = IsWritten },
        new("config's map", Parts.Line | Parts.Input, Mapped) { Takes = IsWritten },
        new("config's path", Parts.Line, WrittenPath) { Takes = IsWritten },
        new("config's redirect", Parts.Line, (probe, input) =>
            Located(Own(probe, input, "cfgred"), 302, "https://x.test/a", Octets.Utf8(input), "z")
        )
        {
            Takes = IsWritten,
        },
        new("config's answer", Parts.Line, WrittenAnswer) { Takes = IsWritten, Fits = HasPages },
    ];

    /// <summary>The number of a character of a config in paths.</summary>
    public static int NumberOf(string character) => Characters.ToList().IndexOf(character);

    private static bool IsNoWebSocket(Door door) => door is Door.Http1 or Door.Https1 or Door.Http2;

    // Over HTTP/2 any 2xx says that a WebSocket is open (RFC 8441, 5): a page is 400 there.
    private static bool HasPages(Door door) => door != Door.WebSocket2;

    private static bool IsWritten(string input) => NumberOf(input) >= 0;

    // What is not in the path of this position, that is what came; nginx escapes what it had decoded, and nothing else.
    private static Probe Replaced(Probe probe, string input)
    {
        var sent = RequestPositions.Target(probe, $"/r/{probe.Placing.Key}/x{input}y");
        string[] right = input switch
        {
            "#" => ["/up/x"],
            "%" => ["/up/x%25y"],
            _ => [$"/up/x{input}y", $"/up/x{Octets.Escaped(input)}y"],
        };
        return sent with { SeenTargets = [.. right] };
    }

    private static Probe ReplacedEscaped(Probe probe, string input)
    {
        var right = string.Concat(input.Select(one => MustEscape(one) ? $"%{(int)one:X2}" : one.ToString()));
        var sent = probe with { Target = $"/r/{probe.Placing.Key}/x{Octets.AllEscaped(input)}y", SeenTargets = [$"/up/x{right}y"] };
        return sent.RefuseIf(input.Contains('\0', StringComparison.Ordinal));
    }

    // NGX_ESCAPE_URI.
    private static bool MustEscape(char one) => one is <= ' ' or >= '\x7f' || "\"#%<>?\\^`{|}".Contains(one, StringComparison.Ordinal);

    private static Probe Input(Probe probe, string input) =>
        RequestPositions.Value(probe with { Target = $"/v/{probe.Placing.Key}/" }, "X-In", $"a{input}z");

    private static Probe Ruled(Probe probe, string input) =>
        probe.Expect("X-Rule", $"<a{input}z>", $"<a{Octets.Blanked(input)}z>").Expect("X-Map", $"m:{input}", $"m:{Octets.Blanked(input)}");

    private static Probe Argument(Probe probe, string input) =>
        RequestPositions
            .Target(RequestPositions.Value(probe, "X-In", "az"), $"/a/{probe.Placing.Key}/?a=b{input}c")
            .Expect("X-Arg", input is "&" or "#" ? ["<b>"] : [$"<b{input}c>", $"<b{Octets.Escaped(input)}c>"]);

    // A dot in a regex is any character but LF, as in PCRE.
    private static Probe Capture(Probe probe, string input)
    {
        string[] Right(string before) => [$"<{before}{input}y>", $"<{before}{Octets.Blanked(input)}y>"];
        return (probe with { Target = $"/c/{probe.Placing.Key}/x{Octets.AllEscaped(input)}y" })
            .RefuseIf(input.Contains('\0', StringComparison.Ordinal), input.Contains('\n', StringComparison.Ordinal))
            .Expect("X-Cap", Right("x"))
            .Expect("X-Uri", Right($"/c/{probe.Placing.Key}/x"));
    }

    private static Probe RedirectByPath(Probe probe, string input)
    {
        var sent = probe with { Target = $"/red/u/a{Octets.AllEscaped(input)}z" };
        return Located(sent.RefuseIf(input.Contains('\0', StringComparison.Ordinal)), 302, "https://x.test/red/u/a", input, "z");
    }

    // Control bytes become spaces or are escaped; a Location is one line with nothing else in it.
    private static Probe Located(Probe probe, int status, string before, string input, string after) =>
        probe with
        {
            Own = answer =>
            {
                string[] forms =
                [
                    input,
                    Octets.Blanked(input),
                    Octets.BlankedButTabs(input),
                    Octets.Escaped(input),
                    Octets.AllEscaped(input),
                ];
                var right = forms.Select(one => before + one + after);
                if (answer.Status != status)
                    return $"answered {answer.Status}";
                if (answer.Value("location") is not { } location)
                    return "no Location";
                if (location.Any(one => Octets.IsControl(one) && one != '\t'))
                    return $"a control byte in {Octets.Literal(location)}";
                return right.Contains(location) ? null : $"Location is {Octets.Literal(location)}";
            },
        };

    private static Probe Fixed(Probe probe, string input)
    {
        string[] right = [$"<a{input}z>", $"<a{Octets.Blanked(input)}z>", $"<a{Octets.BlankedButTabs(input)}z>"];
        bool IsSaid(string text) => right.Contains(text);
        string? Complaint(Answer answer) =>
            answer switch
            {
                { Status: not 200 } => $"answered {answer.Status}",
                _ when !IsSaid(answer.Body) => $"the body is {Octets.Literal(answer.Body)}",
                _ when answer.Value("x-res") is { } said && IsSaid(said) => null,
                _ => $"X-Res is {Octets.Literal(answer.Value("x-res") ?? "missing")}",
            };
        return Input(probe, input) with { Target = "/res/", Own = Complaint };
    }

    private static Probe Slash(Probe probe, string input)
    {
        var sent = RequestPositions.Target(probe, $"/{probe.Placing.Key}?a{input}z");

        // A fragment has no place in a request, and none in the answer.
        return input == "#"
            ? Located(sent, 301, $"/{probe.Placing.Key}/?a", "", "")
            : Located(sent, 301, $"/{probe.Placing.Key}/?a", input, "z");
    }

    private static Probe At(Probe probe, string input, string part) =>
        probe with
        {
            Target = $"/{part}/{probe.Placing.Key}/{NumberOf(input)}",
        };

    private static Probe Own(Probe probe, string input, string part) => probe with { Target = $"/{part}/{NumberOf(input)}" };

    private static Probe Written(Probe probe, string input, string part, string name) =>
        At(probe, input, part).Expect(name, $"<{Octets.Utf8(input)}>", $"<{Octets.Blanked(Octets.Utf8(input))}>");

    // An exact row whose pattern is that character.
    private static Probe Mapped(Probe probe, string input) =>
        RequestPositions
            .Value(probe with { Target = $"/cfgmap/{probe.Placing.Key}/{NumberOf(input)}" }, "X-In", $"k{Octets.Utf8(input)}y")
            .Expect("X-Row", $"row {Octets.Utf8(input)}.", $"row {Octets.Blanked(Octets.Utf8(input))}.");

    private static Probe WrittenPath(Probe probe, string input)
    {
        // Once more percent-encoded is what URI syntax wants of letters outside ASCII.
        var bytes = Encoding.UTF8.GetBytes(input);
        var escaped = string.Concat(bytes.Select(one => MustEscape((char)one) ? $"%{one:X2}" : ((char)one).ToString()));
        return probe with
        {
            Target = $"/cfgup/{probe.Placing.Key}/{NumberOf(input)}/tail",
            SeenTargets = [$"/u{Octets.Utf8(input)}v/tail", $"/u{escaped}v/tail"],
        };
    }

    private static Probe WrittenAnswer(Probe probe, string input) =>
        Own(probe, input, "cfgres") with
        {
            Own = answer =>
                answer.Status == 200 && answer.Body == $"<{Octets.Utf8(input)}>"
                    ? null
                    : $"answered {answer.Status} {Octets.Literal(answer.Body)}",
        };
}
