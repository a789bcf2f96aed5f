using Appliance.Proxy.Headers;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Http1;

/// <summary>
/// The header lines of one message in their order, with repeats; what ASP.NET's dictionary cannot keep. One char is one byte (Latin-1).
/// </summary>
internal sealed class HeaderLines : IHeaderLines, IAnswerHeaders
{
    private readonly List<HeaderLine> _lines = new(24);

    /// <summary>The lines in order.</summary>
    public IReadOnlyList<HeaderLine> All => _lines;

    /// <summary>How many lines there are.</summary>
    public int Count => _lines.Count;

    /// <summary>The value of the first line of that name, or null.</summary>
    public string? First(string name)
    {
        foreach (var line in _lines)
        {
            if (line.Is(name))
                return line.Value;
        }

        return null;
    }

    /// <summary>Every value of that name in order.</summary>
    public string[] Values(string name)
    {
        List<string>? values = null;
        foreach (var line in _lines)
        {
            if (line.Is(name))
                (values ??= []).Add(line.Value);
        }

        return values is null ? [] : [.. values];
    }

    /// <summary>All of them as one list (RFC 9110, 5.3), or empty.</summary>
    public string List(string name) => string.Join(", ", Values(name));

    /// <inheritdoc/>
    public string ListAlike(string name) =>
        string.Join(", ", _lines.Where(line => HeadersAlike.Means(name, line.Name)).Select(line => line.Value));

    /// <summary>True when a line of that name has <paramref name="token"/> among its comma-separated elements, ignoring case.</summary>
    public bool HasToken(string name, string token)
    {
        foreach (var line in _lines)
        {
            if (line.Is(name) && HeaderTokens.Have(line.Value.AsSpan(), token))
                return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public void Set(string name, string value)
    {
        var at = _lines.FindIndex(line => line.Is(name));
        if (at < 0)
        {
            _lines.Add(new HeaderLine(name, value));
            return;
        }

        // The first line keeps its place: order is what this class is for.
        _lines[at] = new HeaderLine(name, value);
        for (var later = _lines.Count - 1; later > at; later--)
        {
            if (_lines[later].Is(name))
                _lines.RemoveAt(later);
        }
    }

    /// <inheritdoc/>
    public void Append(string name, string value) => _lines.Add(new HeaderLine(name, value));

    /// <summary>Adds a line.</summary>
    public void Append(HeaderLine line) => _lines.Add(line);

    /// <summary>Takes out all of them.</summary>
    public void Clear() => _lines.Clear();

    /// <inheritdoc/>
    public void Remove(string name) => _lines.RemoveAll(line => line.Is(name));

    /// <summary>
    /// Removes what belongs to one connection (RFC 9110, 7.6.1): the names of <see cref="HopByHop"/>, those that its Connection lines
    /// nominate, and Expect.
    /// </summary>
    public void RemoveHopByHop(HashSet<string>? nominated)
    {
        var kept = 0;
        for (var at = 0; at < _lines.Count; at++)
        {
            var line = _lines[at];
            if (HopByHop.Is(line.Name) || line.Is("Expect") || nominated?.Contains(line.Name) == true)
                continue;
            _lines[kept++] = line;
        }

        _lines.RemoveRange(kept, _lines.Count - kept);
    }

    /// <summary>Removes every line that <paramref name="match"/> names.</summary>
    public void RemoveWhere(Predicate<string> match) => _lines.RemoveAll(line => match(line.Name));
}

/// <summary>One header line as it came.</summary>
/// <param name="Name">As written.</param>
/// <param name="Value">Without white space around it.</param>
internal readonly record struct HeaderLine(string Name, string Value)
{
    /// <summary>Compares names ignoring case.</summary>
    public bool Is(string name) => Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
