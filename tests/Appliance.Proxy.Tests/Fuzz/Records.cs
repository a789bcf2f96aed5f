using System.Collections.Concurrent;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>What servers were sent, by the mark that every request of the fuzz test carries, and what they shall answer.</summary>
internal sealed class Records
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Recorded>> _byMark = new();

    /// <summary>What came without one mark: bytes that no request consists of.</summary>
    public ConcurrentQueue<Recorded> Strays { get; } = [];

    /// <summary>An answer to the request of a mark, head and body; the connection is closed behind it.</summary>
    public ConcurrentDictionary<string, string> Answers { get; } = new();

    public static string NewMark() => $"mk{Random.Shared.NextInt64():x16}";

    public void Add(Recorded request)
    {
        if (request.Values("x-mark") is [{ Length: 18 } mark])
            _byMark.GetOrAdd(mark, _ => []).Enqueue(request);
        else
            Strays.Enqueue(request);
    }

    /// <summary>Everything of that mark so far; it is taken out.</summary>
    public Recorded[] Take(string mark) => _byMark.TryRemove(mark, out var found) ? [.. found] : [];

    /// <summary>What nobody has taken.</summary>
    public Recorded[] TakeRest()
    {
        var rest = _byMark.Keys.SelectMany(Take).Concat(Strays).ToArray();
        Strays.Clear();
        return rest;
    }
}

/// <summary>One request as a server saw it.</summary>
/// <param name="Method">Its method; GET for an extended CONNECT.</param>
/// <param name="Target">Its target.</param>
/// <param name="Lines">Names in lower case, values without white space around them; with Host, also that of <c>:authority</c>.</param>
/// <param name="Body">Its body without coding, as far as it came.</param>
/// <param name="IsComplete">False when the connection ended before the request did.</param>
/// <param name="Fault">What is wrong with its form, or null.</param>
/// <param name="Raw">The head as it came.</param>
internal sealed record Recorded(
    string Method,
    string Target,
    IReadOnlyList<(string Name, string Value)> Lines,
    string Body,
    bool IsComplete,
    string? Fault,
    string Raw
)
{
    public string[] Values(string name) => [.. Lines.Where(line => line.Name == name).Select(line => line.Value)];
}
