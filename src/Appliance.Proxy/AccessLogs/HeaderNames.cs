using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.AccessLogs;

/// <summary>
/// The names of the header lines of one message, as the HTTP server holds them: a name stands there as often as it came. At most
/// <see cref="MostLines"/> of them with <see cref="MostChars"/> chars together.
/// </summary>
public sealed class HeaderNames
{
    /// <summary>Lines that are kept of one message.</summary>
    public const int MostLines = 64;

    /// <summary>Chars that are kept of all names of one message.</summary>
    public const int MostChars = 1024;

    internal HeaderNames(ImmutableArray<string> names, int more) => (Names, More) = (names, more);

    /// <summary>The names.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Lines beyond <see cref="Names"/>, which are only counted.</summary>
    public int More { get; }

    /// <summary>About how much memory they take when no name is shared with others.</summary>
    internal int Bytes => 64 + Names.Sum(name => 32 + (2 * name.Length));
}

/// <summary>
/// Most messages of a site have the same names in the same order: such lists are kept once. Hot path: no object for a list that was there
/// lately. Any thread.
/// </summary>
internal sealed class HeaderNameShelf
{
    private const int Places = 512;

    [ThreadStatic]
    private static string[]? _read;

    private readonly HeaderNames?[] _places = new HeaderNames?[Places];

    /// <summary>
    /// The names of these headers, and how many bytes they take that nothing else takes. Null when they are not on the shelf and take more
    /// than <paramref name="room"/>.
    /// </summary>
    public (HeaderNames? Names, int Bytes) Of(IHeaderDictionary headers, int room = int.MaxValue)
    {
        // 1. Read.
        var names = _read ??= new string[HeaderNames.MostLines];
        var (count, chars, more, hash) = (0, 0, 0, 17u);
        foreach (var (name, values) in headers)
        {
            for (var line = 0; line < values.Count; line++)
            {
                if (count == names.Length || chars + name.Length > HeaderNames.MostChars || name.Length == 0)
                {
                    more++;
                    continue;
                }

                names[count++] = name;
                chars += name.Length;
                hash = (hash * 31) + ((uint)name.Length << 16) + ((uint)name[0] << 8) + name[^1];
            }
        }

        // 2. Found, or put in the place of another list.
        ref var place = ref _places[hash % Places];
        var read = names.AsSpan(0, count);
        if (Volatile.Read(ref place) is { } known && known.More == more && known.Names.AsSpan().SequenceEqual(read))
            return (known, 0);
        var made = new HeaderNames([.. read], more);
        var bytes = made.Bytes;
        if (bytes > room)
            return (null, 0);
        Volatile.Write(ref place, made);
        return (made, bytes);
    }
}
