namespace Appliance.Proxy.Items;

/// <summary>Collects findings below one path; checks never stop at the first one.</summary>
public sealed class ProblemList
{
    private readonly List<ConfigProblem> _problems = [];

    /// <summary>Everything found so far, in the order found.</summary>
    public IReadOnlyList<ConfigProblem> All => _problems;

    /// <summary>Adds an error at <paramref name="path"/>.</summary>
    public void Error(string path, string code, string message) => _problems.Add(new(path, code, message));

    /// <summary>Adds a warning at <paramref name="path"/>.</summary>
    public void Warning(string path, string code, string message) => _problems.Add(new(path, code, message, ProblemSeverity.Warning));
}
