using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Variables;

/// <summary>
/// Headers as nginx's variables name them: <c>$http_x_y</c> is <c>X-Y</c> and <c>X_Y</c>. Where both came, they are one list.
/// </summary>
public static class HeadersAlike
{
    /// <summary>True when the variable of <paramref name="dashed"/> means a header of this name, too.</summary>
    public static bool Means(string dashed, string name)
    {
        if (dashed.Length != name.Length)
            return false;
        for (var at = 0; at < name.Length; at++)
        {
            var letter = name[at] == '_' ? '-' : char.ToLowerInvariant(name[at]);
            if (letter != char.ToLowerInvariant(dashed[at]))
                return false;
        }

        return true;
    }

    /// <summary>All lines that the variable means, as one list; null when there is only <paramref name="dashed"/>, or nothing.</summary>
    internal static string? Find(IHeaderDictionary headers, string dashed)
    {
        // Most messages have none, and this is asked for every line of the access log.
        var isOther = false;
        foreach (var (name, _) in headers)
            isOther |= name.Contains('_') && Means(dashed, name);
        if (!isOther)
            return null;
        List<string?> found = [];
        foreach (var (name, lines) in headers)
        {
            if (Means(dashed, name))
                found.AddRange(lines.ToArray());
        }

        return string.Join(", ", found);
    }
}
