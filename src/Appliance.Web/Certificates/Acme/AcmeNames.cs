using System.Globalization;
using System.Net;
using Appliance.Web.Forms;

namespace Appliance.Web.Certificates.Acme;

/// <summary>Names as people type them, as a certificate has them: lower case, in ASCII (IDNA).</summary>
public static class AcmeNames
{
    private const int LongestName = 253;

    /// <summary>Reads them; problems stand at <paramref name="path"/>.</summary>
    public static IReadOnlyList<string> Read(string text, bool byDns, string path, List<FieldProblem> problems)
    {
        var names = new List<string>();
        foreach (var word in Texts.Words(text))
        {
            var (name, fault) = One(word);
            if (name is null)
                problems.Add(new(path, $"{word} {fault}"));
            else if (name.StartsWith("*.", StringComparison.Ordinal) && !byDns)
                problems.Add(
                    new(
                        path,
                        $"{name} is a wildcard, which authorities check by DNS alone. Choose DNS as the way to check, or write each name."
                    )
                );
            else if (!names.Contains(name))
                names.Add(name);
        }

        if (names.Count == 0 && problems.All(problem => problem.Path != path))
            problems.Add(new(path, "Write at least one name, such as www.example.com."));
        if (names.Count > LegoOrder.MostNames)
            problems.Add(new(path, $"These are {names.Count} names; one certificate has at most {LegoOrder.MostNames}. Order several."));
        return names;
    }

    private static (string? Name, string Fault) One(string word)
    {
        if (word.Contains("://", StringComparison.Ordinal) || word.Contains('/', StringComparison.Ordinal))
            return (null, "is an address of a page; write its host alone.");
        if (IPAddress.TryParse(word.Trim('[', ']'), out _))
            return (null, "is an IP address; certificates are ordered here for names alone.");
        var wildcard = word.StartsWith("*.", StringComparison.Ordinal);
        var host = (wildcard ? word[2..] : word).TrimEnd('.');
        if (host.Contains('*', StringComparison.Ordinal))
            return (null, "has a star in its middle; a wildcard is *. and a name.");
        if (host.Contains(':', StringComparison.Ordinal))
            return (null, "has a port; certificates know none. Write the name alone.");
        try
        {
            // UseStd3AsciiRules: letters, digits and hyphens.
            host = new IdnMapping { UseStd3AsciiRules = true }
                .GetAscii(host)
                .ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return (null, "is no name: it has letters, digits, hyphens and dots, at most 63 characters between two dots.");
        }

        return host.Length > LongestName ? (null, "is longer than 253 characters.")
            : host.Contains('.', StringComparison.Ordinal) || !wildcard ? (wildcard ? "*." + host : host, "")
            : (null, "is a wildcard for a whole top-level domain, which nobody issues.");
    }
}
