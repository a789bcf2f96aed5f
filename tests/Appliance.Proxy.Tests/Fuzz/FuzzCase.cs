using System.Collections.Immutable;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>Some bytes at some positions, through a door, to a kind of server. Its text is enough to repeat it.</summary>
internal sealed record FuzzCase(Door Door, ServerKind Server, ImmutableArray<(Position Position, string Input)> Inputs)
{
    /// <summary>Reads what <see cref="ToString"/> has written: <c>Http2|H2c|target=c3</c>.</summary>
    public static FuzzCase Parse(string text)
    {
        var parts = text.Split('|');
        return new(Enum.Parse<Door>(parts[0]), Enum.Parse<ServerKind>(parts[1]), [.. parts.Skip(2).Select(part => Input(part.Split('=')))]);
    }

    public Probe Probe(string mark) =>
        Inputs.Aggregate(new Probe(new Placing(Door, Server, mark)), (probe, one) => one.Position.Place(probe, one.Input));

    public override string ToString() =>
        string.Join('|', [$"{Door}", $"{Server}", .. Inputs.Select(one => $"{one.Position.Name}={Hex(one.Input)}")]);

    /// <summary>The inputs as C# literals.</summary>
    public string Literals => string.Join(", ", Inputs.Select(one => $"{one.Position.Name} {Octets.Literal(one.Input)}"));

    private static string Hex(string input) => Convert.ToHexStringLower(Octets.Of(Coded(input)));

    private static (Position Position, string Input) Input(string[] pair) =>
        (Position.Named(pair[0]), Decoded(Octets.Text(Convert.FromHexString(pair[1]))));

    // Characters of a config need not be bytes.
    private static string Coded(string input) => input.All(one => one < 256) ? input : "u+" + Octets.Utf8(input);

    private static string Decoded(string text) =>
        text.StartsWith("u+", StringComparison.Ordinal) ? System.Text.Encoding.UTF8.GetString(Octets.Of(text[2..])) : text;
}
