using System.Text.RegularExpressions;
using Appliance.Proxy.Config;
using Appliance.Testing;
using Appliance.Web.Frame;

namespace Appliance.Web.Tests.Guards;

/// <summary>A new kind of item touches its own folders and two lists. These hold that.</summary>
public sealed class KindGuards
{
    [Fact]
    public void Kinds_Console_HasAFaceForEach() =>
        ConsoleFaces
            .Known.All.Select(face => face.Kind)
            .OrderBy(kind => kind.Member)
            .ShouldBe(
                ItemKinds.All.OrderBy(kind => kind.Member),
                "Add the kind's face to ConsoleFaces: without one it has no page, no navigation and is not found."
            );

    [Fact]
    public void Kinds_Words_AreTheirOwn()
    {
        ItemKinds.All.Select(kind => kind.Member).ShouldBeUnique();
        ItemKinds.All.Select(kind => kind.Name).ShouldBeUnique();
        ItemKinds.All.Select(kind => kind.Word).ShouldBeUnique();
        ItemKinds.All.ShouldAllBe(kind => kind.Words != kind.Word);
    }

    [Fact]
    public void Kinds_Sources_BranchOverThemOnlyInTheirFolders()
    {
        var types = string.Join('|', ItemKinds.All.Select(kind => kind.Type.Name));
        var branch = new Regex(
            $@"\b(is|as)( not)? ({types})\b|^\s+({types})( \w+| \{{[^}}]*\}}| \{{[^}}]*\}} \w+)? (=>|when )|\bcase ({types})\b|OfType<({types})>",
            RegexOptions.Multiline
        );
        var own = ItemKinds
            .All.SelectMany(kind => new[] { Folder(kind), Folder(ConsoleFaces.Known.All.First(face => face.Kind == kind)) })
            .ToHashSet();
        var found = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal))
            .Where(file =>
                !file.Contains("/bin/", StringComparison.Ordinal)
                && !file.Contains("/obj/", StringComparison.Ordinal)
                && !own.Any(folder => file.Contains(folder, StringComparison.Ordinal))
            )
            .SelectMany(file =>
                branch
                    .Matches(File.ReadAllText(file))
                    .Select(match => $"{Path.GetRelativePath(Repository.Root, file)}: {match.Value.Trim()}")
            );
        found.ShouldBeEmpty("Ask the item's kind (ItemKinds.Of) or its face: a branch over kinds is a place that the next kind forgets.");
    }

    private static string Folder(object part) =>
        $"/{part.GetType().Namespace!.Replace("Appliance.Proxy.", "Appliance.Proxy/", StringComparison.Ordinal).Replace("Appliance.Web.", "Appliance.Web/", StringComparison.Ordinal)}/";
}
