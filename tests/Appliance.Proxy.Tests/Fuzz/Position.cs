namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>Parts of a request that a position needs for itself: two positions of one part cannot stand in one request.</summary>
[Flags]
internal enum Parts
{
    /// <summary>Method, target or version.</summary>
    Line = 1,

    /// <summary>Host or <c>:authority</c>.</summary>
    Host = 2,

    /// <summary>The header <c>X-V</c>.</summary>
    Value = 4,

    /// <summary>A header whose name is the input.</summary>
    Name = 8,

    /// <summary>Cookie.</summary>
    Cookie = 16,

    /// <summary>The header that rules and maps read.</summary>
    Input = 32,

    /// <summary>The body.</summary>
    Body = 64,
}

/// <summary>A place in a request into which any bytes are put, and the rule for what must come of them.</summary>
/// <param name="Name">How it is called in findings.</param>
/// <param name="Parts">What it needs.</param>
/// <param name="Place">Puts the input into a probe and says what is right.</param>
internal sealed record Position(string Name, Parts Parts, Func<Probe, string, Probe> Place)
{
    /// <summary>Which doors have it. Default all.</summary>
    public Func<Door, bool> Fits { get; init; } = _ => true;

    /// <summary>Which inputs of several bytes its rule can tell about. Default: those without line ends.</summary>
    public Func<string, bool> Takes { get; init; } = input => !input.AsSpan().ContainsAny('\r', '\n');

    /// <summary>Which inputs say something else through a door, and are no test there. Default none.</summary>
    public Func<Door, string, bool> Skips { get; init; } = (_, _) => false;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Position> All { get; } = [.. RequestPositions.All, .. ConfigPositions.All, .. BodyPositions.All];

    public static Position Named(string name) => All.Single(one => one.Name == name);
}
