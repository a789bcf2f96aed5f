namespace Appliance.Fuzz;

/// <summary>A parser, and what must hold for any bytes that it reads.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Seeds">Inputs to begin with; one char is one byte.</param>
/// <param name="Check">Reads the bytes; throws when something does not hold.</param>
public sealed record Target(string Name, string[] Seeds, Action<byte[]> Check)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        new("answer", FirstInputs.Answers, AnswerTarget.Check),
        new("chunks", FirstInputs.Chunks, ChunkTarget.Check),
        new("request", FirstInputs.Requests, RequestTarget.Check),
        new("proxy-header", FirstInputs.ProxyHeaders, ProxyHeaderTarget.Check),
        new("frames", FirstInputs.Frames, FrameTarget.Check),
    ];
}

/// <summary>Something does not hold.</summary>
public sealed class BrokenRuleException(string rule) : Exception(rule)
{
    /// <summary>Throws unless it holds.</summary>
    public static void Unless(bool holds, string rule)
    {
        if (!holds)
            throw new BrokenRuleException(rule);
    }
}
