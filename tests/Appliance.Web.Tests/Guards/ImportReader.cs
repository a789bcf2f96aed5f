using System.Text.RegularExpressions;

namespace Appliance.Web.Tests.Guards;

/// <summary>A file of a project.</summary>
/// <param name="Path">Below the project's folder, with slashes.</param>
/// <param name="Text">What is in it.</param>
internal sealed record Source(string Path, string Text)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public bool IsPage => Path.EndsWith(".razor", StringComparison.Ordinal);
}

/// <summary>
/// Reads which top folders of its project a file names: by usings, by whole or half names, by tags of pages, by the project's own types.
/// </summary>
internal sealed partial class ImportReader
{
    private readonly HashSet<string> _topTypes;
    private readonly HashSet<string> _members;
    private readonly ILookup<string, string> _foldersOfType;
    private readonly Regex _whole;
    private readonly Regex _half;
    private readonly HashSet<string>? _imports; // null: no file says which folders pages see, so they see all

    public ImportReader(string project, IReadOnlyCollection<Source> sources)
    {
        // A file is named after its type.
        _topTypes = sources
            .Where(source => FolderOf(source.Path) == Floors.Top && !source.IsPage)
            .Select(source => source.Name)
            .ToHashSet(StringComparer.Ordinal);
        _foldersOfType = sources
            .Where(source => FolderOf(source.Path) != Floors.Top)
            .ToLookup(source => source.Name.Split('.')[0], source => FolderOf(source.Path), StringComparer.Ordinal);
        _members = sources.Where(source => FolderOf(source.Path) != Floors.Top).SelectMany(MembersOf).ToHashSet(StringComparer.Ordinal);

        // Within the project a name may begin at any part of it: Some.Project.High.Roof, Project.High.Roof, High.Roof.
        var last = project[(project.IndexOf('.', StringComparison.Ordinal) + 1)..];
        _whole = new Regex($@"(?<![\w.]){Regex.Escape(project)}\.(\w+)");
        _half = new Regex($@"(?<![\w.])(?:{Regex.Escape(last)}\.)?(\w+\.\w+)");
        if (sources.FirstOrDefault(source => source.Path == "_Imports.razor") is { } imports)
            _imports = _whole.Matches(imports.Text).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
    }

    public static string FolderOf(string path) =>
        path.Contains('/', StringComparison.Ordinal) ? path[..path.IndexOf('/', StringComparison.Ordinal)] : Floors.Top;

    public IEnumerable<string> Of(Source source)
    {
        // 1. By the whole name: usings, aliases, the namespace itself, crefs.
        var code = WithoutText(source.Text);
        foreach (Match whole in _whole.Matches(code))
            yield return whole.Groups[1].Value;

        // 2. By the folder's name in front of a type or of a folder in it; a property that is called like a folder has neither behind it.
        foreach (Match half in _half.Matches(code))
        {
            if (_members.Contains(half.Groups[1].Value))
                yield return half.Groups[1].Value.Split('.')[0];
        }

        // 3. Types of the project's own namespace, which every folder sees.
        if (!source.IsPage && Words().Matches(code).Any(word => _topTypes.Contains(word.Value)))
            yield return Floors.Top;

        // 4. Pages see what _Imports.razor names, so each is read by what it uses. A folder that is not named there is seen by its whole
        // name alone (1).
        if (!source.IsPage)
            yield break;
        foreach (var folder in TypesOfPage(source.Text).SelectMany(FoldersSeenOf))
            yield return folder;
    }

    // Of two types with one name, a page sees the one that is named for it.
    private IEnumerable<string> FoldersSeenOf(string type) => _foldersOfType[type].Where(folder => _imports?.Contains(folder) != false);

    private static IEnumerable<string> MembersOf(Source source)
    {
        var parts = source.Path.Split('/');
        yield return $"{parts[0]}.{(parts.Length > 2 ? parts[1] : source.Name)}";
    }

    private static IEnumerable<string> TypesOfPage(string text)
    {
        var code = WithoutText(text);
        var block = code.IndexOf("@code", StringComparison.Ordinal);
        return Tags()
            .Matches(code)
            .Concat(Directives().Matches(code))
            .Concat(Statics().Matches(code))
            .Select(match => match.Groups[1].Value)
            .Concat(block < 0 ? [] : Words().Matches(code[block..]).Select(word => word.Value));
    }

    // Text and comments mention what they like; of a docstring the crefs stay.
    private static string WithoutText(string text) =>
        Texts()
            .Replace(text, match =>
                match.Value.StartsWith("///", StringComparison.Ordinal)
                    ? string.Join(' ', Crefs().Matches(match.Value).Select(cref => cref.Groups[1].Value))
                    : " "
            );

    [GeneratedRegex(
        @"///[^\n]*|//[^\n]*|/\*.*?\*/|@\*.*?\*@|""{3}.*?""{3}|@""(?:[^""]|"""")*""|""(?:[^""\\\n]|\\.)*""|'(?:\\.|[^'\n])'",
        RegexOptions.Singleline
    )]
    private static partial Regex Texts();

    [GeneratedRegex(@"cref=""([^""]+)""")]
    private static partial Regex Crefs();

    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*")]
    private static partial Regex Words();

    [GeneratedRegex(@"<([A-Z]\w*)")]
    private static partial Regex Tags();

    [GeneratedRegex(@"@(?:inject|inherits|implements)\s+(\w+)")]
    private static partial Regex Directives();

    [GeneratedRegex(@"(?<![\w.])([A-Z]\w*)\.[A-Z]")]
    private static partial Regex Statics();
}
