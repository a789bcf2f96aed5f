namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>An answer of a server with the rule for it.</summary>
/// <param name="Raw">Head and body as an HTTP/1.1 server writes them.</param>
/// <param name="MayFail">502, or a cut where the head may have gone on, is right, too.</param>
/// <param name="MustFail">The whole answer must not reach the client: two parsers could read it differently.</param>
/// <param name="Status">The status that the client must see.</param>
/// <param name="Values">By name in lower case: values of which the client must see one.</param>
internal sealed record ServerAnswer(string Raw, bool MayFail, bool MustFail, int Status, IReadOnlyDictionary<string, string[]> Values);

/// <summary>A place in a server's answer into which any bytes are put.</summary>
internal sealed record AnswerPosition(string Name, Func<string, string, ServerAnswer> Place)
{
    /// <summary>An answer to a handshake.</summary>
    public bool IsSwitch { get; init; }
}

/// <summary>Positions in what servers answer over HTTP/1.1.</summary>
internal static class AnswerPositions
{
    private static readonly Dictionary<string, string[]> _noValues = [];

    public static IReadOnlyList<AnswerPosition> All { get; } =
    [
        new("status", Status),
        new("answer's version", (mark, input) => Plain(mark, $"HTTP/1.{input} 200 OK", "", may: input != "1")),
        new("reason", (mark, input) => Plain(mark, $"HTTP/1.1 200 O{input}K", "", may: HasControl(input))),
        new("answer's name", (mark, input) => Named(mark, $"X{input}y")),
        new("answer's value", (mark, input) => Valued(mark, "X-V", $"a{input}z")),
        new("answer's value's begin", (mark, input) => Valued(mark, "X-V", $"{input}z")),
        new("answer's value's end", (mark, input) => Valued(mark, "X-V", $"a{input}")),
        new("Set-Cookie", (mark, input) => Valued(mark, "Set-Cookie", $"a=b{input}c")),
        new("Location", (mark, input) => Valued(mark, "Location", $"/a{input}z")),
        new("length", Length),
        new("answer's chunk: before the size", (mark, input) => Chunked(mark, input, "", "", may: input != "0", must: IsNoSize(input))),
        new("answer's chunk: behind the size", (mark, input) =>
            Chunked(mark, "", input, "", may: true, must: IsNoSize(input) && !Octets.HasAny(input, "; \t"))
        ),
        new("answer's chunk: behind the data", (mark, input) => Chunked(mark, "", "", input, may: true, must: true)),
        new("switch's reason", (mark, input) => Switch(mark, $"Switched{input}it", "a", may: HasControl(input))) { IsSwitch = true },
        new("switch's value", (mark, input) => Switch(mark, "Switched", $"a{input}z", may: HasLineEnd(input))) { IsSwitch = true },
    ];

    private static bool HasLineEnd(string text) => text.AsSpan().ContainsAny('\r', '\n', '\0');

    private static bool HasControl(string text) => text.Any(Octets.IsControl);

    private static bool IsNoSize(string input) => !input.All(char.IsAsciiHexDigit);

    private static ServerAnswer Status(string mark, string input)
    {
        var isDigit = input is [>= '0' and <= '9'];
        return Plain(mark, $"HTTP/1.1 20{input} OK", "", may: !isDigit) with { Status = isDigit ? 200 + input[0] - '0' : 200 };
    }

    private static ServerAnswer Plain(string mark, string first, string lines, bool may)
    {
        var head = $"{first}\r\nConnection: close\r\nContent-Length: {mark.Length}\r\nX-Mark: {mark}\r\n{lines}\r\n";
        return new(head + mark, may, MustFail: false, 200, _noValues);
    }

    private static ServerAnswer Named(string mark, string name)
    {
        var isToken = name.All(Octets.IsToken);
        var answer = Plain(mark, "HTTP/1.1 200 OK", $"{name}: v\r\n", may: !isToken);
        return isToken ? answer with { Values = Right(name, "v") } : answer;
    }

    // NUL, CR and LF break a line; other control bytes go on or become spaces, and are no reason to lose an answer.
    private static ServerAnswer Valued(string mark, string name, string value) =>
        Plain(mark, "HTTP/1.1 200 OK", $"{name}: {value}\r\n", may: HasLineEnd(value)) with
        {
            Values = Right(name, value),
        };

    private static Dictionary<string, string[]> Right(string name, string value)
    {
        if (HasLineEnd(value))
            return _noValues;
        var trimmed = value.Trim(' ', '\t');
        return new() { [name.ToLowerInvariant()] = [trimmed, Octets.Blanked(trimmed).Trim(' ')] };
    }

    // A digit would only make another length.
    private static ServerAnswer Length(string mark, string input)
    {
        if (input.All(char.IsAsciiDigit))
            input = "";
        var isBlank = input.Trim(' ', '\t').Length == 0;
        var raw = $"HTTP/1.1 200 OK\r\nConnection: close\r\nX-Mark: {mark}\r\nContent-Length: {mark.Length}{input}\r\n\r\n{mark}";
        return new(raw, MayFail: !isBlank, MustFail: !isBlank && !HasLineEnd(input) && input != ",", 200, _noValues);
    }

    private static ServerAnswer Chunked(string mark, string before, string behind, string afterData, bool may, bool must)
    {
        if (!must && (before + behind).Any(one => one != '0' && char.IsAsciiHexDigit(one)))
            (before, behind) = ("", "");
        var head = $"HTTP/1.1 200 OK\r\nConnection: close\r\nX-Mark: {mark}\r\nTransfer-Encoding: chunked\r\n\r\n";
        var raw = $"{head}{before}{mark.Length:x}{behind}\r\n{mark}{afterData}\r\n0\r\n\r\n";
        if (behind.Length > 0 && behind.All(char.IsAsciiHexDigit))
            must = true;
        return new(raw, may, must, 200, _noValues);
    }

    private static ServerAnswer Switch(string mark, string reason, string value, bool may)
    {
        const string lines = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n";
        var head = $"HTTP/1.1 101 {reason}\r\n{lines}X-Mark: {mark}\r\nX-V: {value}\r\n\r\n";
        return new(head, may, MustFail: false, 101, Right("X-V", value));
    }
}
