using System.Collections.Immutable;
using Appliance.Proxy.Items;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Headers;

/// <summary>Checks the header rules of a route.</summary>
internal static class HeaderRuleRules
{
    /// <summary>With <paramref name="ofAnswer"/> they are rules for the answer, whose variables they may read.</summary>
    public static void Check(
        ImmutableArray<HeaderRule> rules,
        string path,
        VariableNames scope,
        ProblemList problems,
        bool ofAnswer = false
    )
    {
        for (var index = 0; index < rules.Length; index++)
        {
            var rule = rules[index];
            if (!IsToken(rule.Name))
                problems.Error(
                    $"{path}/{index}/name",
                    "bad_header_name",
                    $"\"{rule.Name}\" is not a header name; use letters, digits and dashes (RFC 9110, 5.1)."
                );
            else if (rule.Name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                problems.Error(
                    $"{path}/{index}/name",
                    "framing_header",
                    "Content-Length is part of the message itself and cannot be changed by a rule."
                );
            else if (CompiledHeaderRules.IsOwned(rule.Name))
                problems.Warning(
                    $"{path}/{index}/name",
                    "no_op_header",
                    $"{rule.Name} is handled by the proxy itself; this rule does nothing and can be removed."
                );
            if (rule.Value.AsSpan().ContainsAny('\r', '\n', '\0'))
                problems.Error($"{path}/{index}/value", "line_break_in_header", "A header value has no line breaks; remove them.");
            if (rule.Value.Length > 8192)
                problems.Error($"{path}/{index}/value", "too_long", "A header value has at most 8192 characters.");
            CheckTemplate(rule.Value, $"{path}/{index}/value", scope, problems, ofAnswer);
        }
    }

    public static void CheckTemplate(string text, string path, VariableNames scope, ProblemList problems, bool ofAnswer = false)
    {
        var parsed = Template.Parse(text, scope);
        if (parsed.Template is null)
        {
            problems.Error(path, parsed.Code ?? "bad_template", parsed.Error ?? "The template cannot be read.");
            return;
        }

        if (ofAnswer)
            return;
        foreach (var name in parsed.Template.Variables.Where(VariableTable.IsResponseSide))
            problems.Warning(path, "empty_variable", $"${name} is known only when the answer is there; here it is empty.");
    }

    public static bool IsToken(string name) =>
        name.Length is > 0 and <= 256
        && name.All(character => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character, StringComparison.Ordinal));
}
