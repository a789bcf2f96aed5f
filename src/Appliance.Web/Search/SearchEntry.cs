using Appliance.Data.Rights;

namespace Appliance.Web.Search;

/// <summary>A page, a setting or a deed that the search can find by its words.</summary>
/// <param name="Group">Pages or actions.</param>
/// <param name="Icon">A name of <c>Glyphs.Of</c>.</param>
/// <param name="Name">What it is called, as on the page.</param>
/// <param name="Detail">Where it is, or what it does.</param>
/// <param name="Words">Other words for it, separated by spaces.</param>
public sealed record SearchEntry(SearchGroup Group, string Icon, string Name, string Detail, string Words)
{
    private static readonly char[] _gaps = [' ', '-', '/', ',', '(', ')'];

    private readonly string[] _nameWords = Split(Name);
    private readonly string[] _words = Split($"{Name} {Words}");

    /// <summary>The address that it opens; empty for a deed.</summary>
    public string Path { get; init; } = "";

    /// <summary>True for a page without a circuit, which the browser loads as a whole. Default false.</summary>
    public bool IsPlain { get; init; }

    /// <summary>What is done right here; null: an address is opened.</summary>
    public SearchDeed? Deed { get; init; }

    /// <summary>The lowest role that can use it; null: everybody can.</summary>
    public Role? Needs { get; init; }

    /// <summary>The words of what somebody typed.</summary>
    public static string[] Split(string text) => text.Split(_gaps, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>
    /// How well it fits what was typed: 0 for not at all, 1 for other words, 2 for words of its name, 3 for the beginning of its name.
    /// </summary>
    public int Fit(string[] typed)
    {
        if (typed.Length == 0 || !typed.All(word => Begins(_words, word)))
            return 0;
        if (!typed.All(word => Begins(_nameWords, word)))
            return 1;
        return _nameWords[0].StartsWith(typed[0], StringComparison.OrdinalIgnoreCase) ? 3 : 2;
    }

    /// <summary>The entry as somebody with these rights finds it.</summary>
    public SearchHit HitFor(Grant grant) =>
        new(Group, Icon, Name, Detail)
        {
            Path = Path,
            IsPlain = IsPlain,
            Deed = Deed,
            Refusal = Needs is { } role ? grant.Refusal(role, $"“{Name}”") : null,
        };

    private static bool Begins(string[] words, string typed) =>
        words.Any(word => word.StartsWith(typed, StringComparison.OrdinalIgnoreCase));
}
