namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>Positions in what goes on as it came: line, host, header lines.</summary>
internal static class RequestPositions
{
    public static IReadOnlyList<Position> All { get; } =
    [
        new("method", Parts.Line, Method) { Fits = IsPlain },
        new("target", Parts.Line, (probe, input) => Target(probe, $"/{probe.Placing.Key}/p{input}q")) { Takes = IsFlat },
        new("target's end", Parts.Line, TargetEnd) { Takes = IsFlat },
        new("query", Parts.Line, (probe, input) => Target(probe, $"/{probe.Placing.Key}/p?a={input}z")),
        new("version", Parts.Line, (probe, input) => Version(probe, $"1.{input}", input is "0" or "1")) { Fits = IsPlainHttp1 },
        new("behind the version", Parts.Line, (probe, input) => Version(probe, $"1.1{input}", false)) { Fits = IsHttp1 },
        new("before the method", Parts.Line, Before) { Fits = IsPlainHttp1 },
        new("scheme", Parts.Line, Scheme) { Fits = IsHttp2 },
        new("host", Parts.Host, (probe, input) => Host(probe, $"h{input}st")) { Takes = IsFlat },
        new("host's end", Parts.Host, (probe, input) => Host(probe, $"host{input}")) { Takes = IsFlat, Skips = EndsTheHead },
        new("absolute form", Parts.Line | Parts.Host, Absolute) { Fits = IsHttp1, Takes = IsFlat },
        new("name", Parts.Name, (probe, input) => Named(probe, $"X{input}Y")),
        new("name's begin", Parts.Name, (probe, input) => Named(probe, $"{input}Xy")) { Skips = EndsTheHead },
        new("name's end", Parts.Name, (probe, input) => Named(probe, $"Xy{input}")),
        new("value", Parts.Value, (probe, input) => Value(probe, "X-V", $"a{input}z")),
        new("value's begin", Parts.Value, (probe, input) => Value(probe, "X-V", $"{input}z")),
        new("value's end", Parts.Value, (probe, input) => Value(probe, "X-V", $"a{input}")) { Skips = EndsTheHead },
        new("whole value", Parts.Value, (probe, input) => Value(probe, "X-V", input)) { Skips = EndsTheHead },
        new("cookie", Parts.Cookie, Cookie),
    ];

    public static bool IsHttp2(Door door) => door is Door.Http2 or Door.WebSocket2;

    public static bool IsHttp1(Door door) => !IsHttp2(door);

    /// <summary>
    /// A target: 0x00 to 0x20 and 0x7F never pass; bytes above 0x7F pass raw or percent-encoded, or not at all (RFC 3986 has none).
    /// </summary>
    public static Probe Target(Probe probe, string target)
    {
        // A percent sign that begins no escape, or one that begins %00, is refused by nginx, too.
        var may =
            target.Contains('%', StringComparison.Ordinal)
            && target.IndexOf('?', StringComparison.Ordinal) is var query
            && (query < 0 || target.IndexOf('%', StringComparison.Ordinal) < query);
        return (probe with { Target = target, SeenTargets = [target, Octets.Escaped(target)] }).RefuseIf(
            target.Any(one => one <= ' ' || one == '\x7f'),
            may || target.Any(one => one > '\x7f')
        );
    }

    /// <summary>
    /// A header value that goes on: NUL, CR and LF never pass, other control bytes pass, become a space or are refused; all else passes.
    /// </summary>
    public static Probe Value(Probe probe, string name, string value)
    {
        var trimmed = value.Trim(' ', '\t');
        string[] right = [trimmed, Octets.Blanked(trimmed).Trim(' ')];

        // White space around a value is malformed in HTTP/2 (RFC 9113, 8.2.1), and not a part of the value in HTTP/1.1.
        var may = value.Any(one => Octets.IsControl(one) && one != '\t') || (probe.Placing.IsHttp2 && trimmed.Length != value.Length);
        return Refused(probe, value)
            .RefuseIf(false, may)
            .With(name, value)
            .Expect(name, trimmed.Length == 0 ? [.. right, Probe.Absent] : right);
    }

    /// <summary>Not to be passed in a header value, whatever it is good for.</summary>
    public static Probe Refused(Probe probe, string value) => probe.RefuseIf(value.AsSpan().ContainsAny('\0', '\r', '\n'));

    // Dots, slashes and escapes beside one another are another path: that is the router's own test.
    private static bool IsFlat(string input) => !Octets.HasAny(input, "\r\n./%:@?#\\[]");

    // LF ends a line for the server under us as it does for nginx (RFC 9112, 2.2); beside the CRLF of a line it ends the head.
    private static bool EndsTheHead(Door door, string input) => IsHttp1(door) && (input.StartsWith('\n') || input.EndsWith('\n'));

    private static bool IsPlainHttp1(Door door) => door is Door.Http1 or Door.Https1;

    private static bool IsPlain(Door door) => door is Door.Http1 or Door.Https1 or Door.Http2;

    // Any token is a method, and case matters (RFC 9110, 9.1); nginx knows upper case, - and _ alone. HttpClient would write GeT as GET.
    private static Probe Method(Probe probe, string input) =>
        (probe with { Method = $"G{input}T" }).RefuseIf(!input.All(Octets.IsToken) || input == "e");

    private static Probe Version(Probe probe, string number, bool isOne) => (probe with { Version = $"HTTP/{number}" }).RefuseIf(!isOne);

    // Schemes ignore case (RFC 3986, 3.1).
    private static Probe Scheme(Probe probe, string input) => (probe with { Scheme = "http" + input }).RefuseIf(input is not ("s" or "S"));

    // Line ends before a request are skipped (RFC 9112, 2.2), by nginx one by one; a token makes another method.
    private static Probe Before(Probe probe, string input)
    {
        var method = input.TrimStart('\r', '\n') + "GET";
        return (probe with { Method = input + "GET", SeenMethod = method }).RefuseIf(!method.All(Octets.IsToken), method == "GET");
    }

    private static Probe Host(Probe probe, string host)
    {
        // White space around a value is not a part of it in HTTP/1.1.
        var seen = IsHttp1(probe.Placing.Door) ? host.Trim(' ', '\t') : host;

        // An empty port says nothing (RFC 3986, 3.2.3).
        return (probe with { Host = host, SeenHosts = [seen, seen.TrimEnd(':')] }).RefuseIf(
            seen.Any(one => one <= ' ' || one == '\x7f'),
            !seen.All(one => char.IsAsciiLetterOrDigit(one) || one == '-')
        );
    }

    // The host of an absolute target counts, whatever Host says (RFC 9112, 3.2.2). The server under us writes it in lower case.
    private static Probe Absolute(Probe probe, string input)
    {
        var path = $"/{probe.Placing.Key}/p";
        var host = $"h{input}st";
        var sent = Host(probe, host).RefuseIf(input.Any(one => one <= ' '));
        sent = sent with { SeenHosts = [host, host.ToLowerInvariant()], SeenTargets = [path] };
        return sent with { Host = "other.test", Target = $"http://{host}{path}" };
    }

    // Spaces between target and version may be more than one (RFC 9112, 3), for nginx, too.
    private static Probe TargetEnd(Probe probe, string input)
    {
        var target = $"/{probe.Placing.Key}/p{input}";
        var read = IsHttp1(probe.Placing.Door) ? target.TrimEnd(' ') : target;
        return Target(probe, read).RefuseIf(false, read != target) with { Target = target };
    }

    private static Probe Cookie(Probe probe, string input)
    {
        var value = $"{probe.Cookie}; a={input}z";
        return Refused(probe with { Cookie = value }, value)
            .RefuseIf(false, value.Any(one => Octets.IsControl(one) && one != '\t'))
            .Expect("Cookie", value, Octets.Blanked(value));
    }

    private static Probe Named(Probe probe, string name)
    {
        var value = "v";
        var sent = probe with { Lines = probe.Lines.Add((probe.Placing.IsHttp2 ? name.Replace('X', 'x').Replace('Y', 'y') : name, value)) };
        name = sent.Lines[^1].Name;
        if (IsHttp1(probe.Placing.Door) && name.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
        {
            // The colon ends the name.
            (name, value) = (name[..colon], $"{name[(colon + 1)..]}: v");
            var refused = Refused(sent, value).RefuseIf(!name.All(Octets.IsToken), value.Any(Octets.IsControl));
            return refused.Expect(name, value.Trim(' ', '\t'), Octets.Blanked(value).Trim(' '));
        }

        // Upper case is malformed in HTTP/2 (RFC 9113, 8.2.1). An underscore may be dropped (nginx: underscores_in_headers).
        var must = !name.All(Octets.IsToken) || (probe.Placing.IsHttp2 && name.Any(char.IsAsciiLetterUpper));
        return sent.RefuseIf(must).Expect(name, name.Contains('_', StringComparison.Ordinal) ? [value, Probe.Absent] : [value]);
    }
}
