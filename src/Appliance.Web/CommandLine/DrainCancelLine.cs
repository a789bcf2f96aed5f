using Appliance.Proxy.Connections;
using Appliance.Web.Control;

namespace Appliance.Web.CommandLine;

/// <summary>The command that ends a drain, to be copied into a shell.</summary>
internal static class DrainCancelLine
{
    private const string Pool = " of pool ";

    /// <summary>For one drain, or for those of one server in several pools.</summary>
    public static string CommandFor(IReadOnlyList<DrainLine> drains)
    {
        var first = drains[0];
        var kind = first.Kind.ToString().ToLowerInvariant();
        if (first.Kind != DrainKind.Server || first.Server is not { } server)
            return $"appliance drain cancel {kind} {Quoted(first.Name[(kind.Length + 1)..])}";
        var pool = first.Name.IndexOf(Pool, StringComparison.Ordinal);
        var which = drains.Count > 1 || pool < 0 ? "--all-pools" : $"--pool {Quoted(first.Name[(pool + Pool.Length)..])}";
        return $"appliance drain cancel server {Quoted(server)} {which}";
    }

    // As a shell reads it: within single quotes nothing is special but the quote itself.
    private static string Quoted(string word) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "-._:/[]@%+,".Contains(letter, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
