using Appliance.Proxy.Items;

namespace Appliance.Web.Forms;

/// <summary>One finding at a field of a form.</summary>
/// <param name="Path">The field: <c>hosts</c>, <c>servers/0/address</c>; empty for the whole.</param>
/// <param name="Message">A sentence that says what to do.</param>
/// <param name="IsWarning">It does not keep one from saving.</param>
public sealed record FieldProblem(string Path, string Message, bool IsWarning = false)
{
    /// <summary>The finding of a config check at the field it belongs to; null when it is about another item.</summary>
    public static FieldProblem? Of(ConfigProblem problem, string kind, string name)
    {
        var prefix = $"{kind}/{name}/";
        if (problem.Path.StartsWith(prefix, StringComparison.Ordinal))
            return new(problem.Path[prefix.Length..], problem.Message, problem.Severity == ProblemSeverity.Warning);
        return problem.Path == $"{kind}/{name}" || problem.Path.Length == 0
            ? new("", problem.Message, problem.Severity == ProblemSeverity.Warning)
            : null;
    }
}
