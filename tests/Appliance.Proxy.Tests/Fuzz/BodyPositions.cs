namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>Positions in a chunked body over HTTP/1.1 (RFC 9112, 7.1): what two parsers could read differently never passes.</summary>
internal static class BodyPositions
{
    public static IReadOnlyList<Position> All { get; } =
    [
        // A digit would only make another size.
        Of("before the size", (probe, input) => Body(probe, $"{input}5\r\nhello\r\n0\r\n\r\n").RefuseIf(input.Any(one => one != '0'))),
        Of("behind the size", (probe, input) => Body(probe, $"5{input}\r\nhello\r\n0\r\n\r\n").RefuseIf(!"; \t".Contains(input[0]), true)),
        Of("extension", (probe, input) => Body(probe, $"5;a={input}b\r\nhello\r\n0\r\n\r\n").RefuseIf(Octets.HasAny(input, "\r\n"), true)),
        Of("behind the data", (probe, input) => Body(probe, $"5\r\nhello{input}\r\n0\r\n\r\n").RefuseIf(true)),
        Of("last size", (probe, input) => Body(probe, $"5\r\nhello\r\n0{input}\r\n\r\n").RefuseIf(!"; \t0".Contains(input[0]), true)),
        Of("trailer's name", (probe, input) => Trailed(probe, $"X{input}T: v", input)),
        Of("trailer's value", (probe, input) => Trailed(probe, $"Xt: a{input}z", input)),
    ];

    private static Position Of(string name, Func<Probe, string, Probe> place) =>
        new("chunk: " + name, Parts.Line | Parts.Body, (probe, input) =>
        {
            // A hexadecimal digit in a size is another size: the proxy waits for more, and is right.
            var isSize = name.Contains("size", StringComparison.Ordinal);
            var isOther = input.Any(one => char.IsAsciiHexDigit(one) && (one != '0' || name == "behind the size"));
            return isSize && isOther ? probe : place(probe, input);
        }) { Fits = door => door is Door.Http1 or Door.Https1 };

    private static Probe Trailed(Probe probe, string line, string input) =>
        Body(probe, $"5\r\nhello\r\n0\r\n{line}\r\n\r\n").RefuseIf(Octets.HasAny(input, "\r\n\0"), true);

    private static Probe Body(Probe probe, string chunks) => probe with { Method = "POST", Chunks = chunks, SeenBody = "hello" };
}
