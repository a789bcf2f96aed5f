namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>How an answer ended.</summary>
internal enum AnswerEnd
{
    /// <summary>It came whole, and the connection takes another request.</summary>
    Kept,

    /// <summary>It came whole or not at all, and the connection is closed, in order or not.</summary>
    Closed,

    /// <summary>An HTTP/2 stream was reset; the connection stands.</summary>
    StreamReset,

    /// <summary>Nothing came within the limit.</summary>
    Silence,
}

/// <summary>What a client got.</summary>
/// <param name="Status">0: none.</param>
/// <param name="Lines">Names in lower case.</param>
/// <param name="Body">Without coding.</param>
/// <param name="End">What became of the connection.</param>
/// <param name="Fault">What is wrong with its form, or null.</param>
internal sealed record Answer(
    int Status,
    IReadOnlyList<(string Name, string Value)> Lines,
    string Body,
    AnswerEnd End,
    string? Fault = null
)
{
    public static Answer None(AnswerEnd end, string? fault = null) => new(0, [], "", end, fault);

    public string? Value(string name) =>
        Lines.Where(line => line.Name == name).Select(line => line.Value).ToArray() is [var only] ? only : null;
}
