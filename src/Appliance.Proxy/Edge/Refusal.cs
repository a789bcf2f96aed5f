namespace Appliance.Proxy.Edge;

/// <summary>Why a request is not taken, as our own page says it.</summary>
/// <param name="Status">The status code, 400 or above.</param>
/// <param name="Sentence">One sentence for the client.</param>
internal sealed record Refusal(int Status, string Sentence)
{
    /// <summary>A request that is not one, or may be two: 400.</summary>
    public static Refusal Bad(string sentence) => new(400, sentence);
}
