using System.Text.RegularExpressions;

namespace Appliance.Proxy.Variables;

/// <summary>Mentions of one variable in templates: <c>$name</c> and <c>${name}</c>. Case does not matter.</summary>
internal static partial class VariableMentions
{
    /// <summary>True when the template reads the variable; its name may have its <c>$</c>.</summary>
    public static bool Has(string template, string name) => Variable().Matches(template).Any(match => IsThis(match, name));

    /// <summary>The template reading <paramref name="to"/> wherever it read <paramref name="from"/>.</summary>
    public static string Renamed(string template, string from, string to) =>
        Variable()
            .Replace(template, match => !IsThis(match, from) ? match.Value
                : match.Groups["braces"].Success ? "${" + to.TrimStart('$') + "}"
                : to);

    private static bool IsThis(Match match, string name) =>
        match.Groups["name"].Success && match.Groups["name"].Value.Equals(name.TrimStart('$'), StringComparison.OrdinalIgnoreCase);

    // "$$" is a dollar sign and swallows the name behind it; a digit is one capture.
    [GeneratedRegex(@"\$\$|\$(?<braces>\{)(?<name>\w+)\}|\$(?<name>[A-Za-z_]\w*|\d)", RegexOptions.ExplicitCapture)]
    private static partial Regex Variable();
}
