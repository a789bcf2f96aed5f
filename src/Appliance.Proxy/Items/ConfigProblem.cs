namespace Appliance.Proxy.Items;

/// <summary>The weight of a finding about a config.</summary>
public enum ProblemSeverity
{
    /// <summary>The config cannot be stored while an edit introduces this.</summary>
    Error,

    /// <summary>Stored and run, but probably not what was meant.</summary>
    Warning,
}

/// <summary>One finding about a config.</summary>
/// <param name="Path">Where: kind, item name, property, index, as <c>routes/chat/hosts/0</c>.</param>
/// <param name="Code">Stable, snake_case, for scripts and tests: <c>unknown_variable</c>.</param>
/// <param name="Message">A sentence that says what is wrong and what to do.</param>
/// <param name="Severity">Error unless said otherwise.</param>
public sealed record ConfigProblem(string Path, string Code, string Message, ProblemSeverity Severity = ProblemSeverity.Error);
