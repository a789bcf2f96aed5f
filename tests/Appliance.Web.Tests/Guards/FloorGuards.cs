using Appliance.Testing;

namespace Appliance.Web.Tests.Guards;

/// <summary>Folders of a project import only what stands below them (<see cref="Floors"/>), and so form no circle.</summary>
public sealed class FloorGuards
{
    public static TheoryData<string> Projects => [.. Floors.Of.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_FormNoCircle(string project)
    {
        var floors = Floors.Of[project].ToDictionary(floor => floor.Folder, StringComparer.Ordinal);
        var folder = Path.Combine(Repository.Root, "src", project);
        Faults(project, floors, SourcesIn(folder)).ShouldBeEmpty($"A folder of {project} imports only what stands below it.");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Floors_AreThoseOfTheProject(string project)
    {
        var folders = SourcesIn(Path.Combine(Repository.Root, "src", project))
            .Select(source => FolderOf(source.Path))
            .Append(Floors.Top)
            .Distinct();
        Floors
            .Of[project]
            .Select(floor => floor.Folder)
            .ShouldBe(folders, ignoreOrder: true, "Every top folder has one line in Floors, with a reason.");
        Floors.Of[project].ShouldAllBe(floor => floor.Reason.Split(' ', StringSplitOptions.None).Length >= 4, "A reason is a sentence.");
    }

    // The guard itself: what it must see, each in its own way of writing it.
    [Theory]
    [InlineData("Low/Basement.cs", "using Some.Project.High;", "Low/Basement.cs imports High")]
    [InlineData("Low/Basement.cs", "global using Some.Project.High;", "Low/Basement.cs imports High")]
    [InlineData("Low/Basement.cs", "using static Some.Project.High.Roof;", "Low/Basement.cs imports High")]
    [InlineData("Low/Basement.cs", "using Alias = Some.Project.High.Deep.Loft;", "Low/Basement.cs imports High")]
    [InlineData("Low/Basement.cs", "var roof = new High.Roof();", "Low/Basement.cs imports High")]
    [InlineData("Low/Basement.cs", "var roof = typeof(Project.High.Roof);", "Low/Basement.cs imports High")]
    [InlineData("Low/Basement.cs", "High.Deep.Loft? loft = null;", "Low/Basement.cs imports High")]
    [InlineData("Low/Basement.cs", "Some.Project.High.Roof? roof = null;", "Low/Basement.cs imports High")]
    [InlineData("Low/Basement.cs", "namespace Some.Project.High;", "Low/Basement.cs imports High")]
    [InlineData("Low/Basement.cs", "/// <see cref=\"High.Roof\"/>", "Low/Basement.cs imports High")]
    [InlineData("Low/Cellar.cs", "using Some.Project.Beside;", "Low/Cellar.cs imports Beside")]
    [InlineData("Low/Cellar.cs", "private readonly Wiring wiring;", "Low/Cellar.cs imports (top)")]
    [InlineData("Low/Bricks.razor", "@using Some.Project.High", "Low/Bricks.razor imports High")]
    [InlineData("Low/_Imports.razor", "@using Some.Project.High", "Low/_Imports.razor imports High")]
    [InlineData("Low/Bricks.razor", "<Roof />", "Low/Bricks.razor imports High")]
    [InlineData("Low/Bricks.razor", "@inject Roof Above", "Low/Bricks.razor imports High")]
    [InlineData("Low/Bricks.razor", "<p>@Roof.Height</p>", "Low/Bricks.razor imports High")]
    [InlineData("Low/Bricks.razor", "@code { private Roof? above; }", "Low/Bricks.razor imports High")]
    [InlineData("Low/Bricks.razor", "<p>A Roof keeps the rain out.</p>", null)]
    [InlineData("Unknown/Stranger.cs", "", "Unknown/Stranger.cs is in a folder without a floor")]
    [InlineData("High/Attic.cs", "using Some.Project.Low;", null)]
    [InlineData("High/Attic.cs", "using Some.Other.High;", null)]
    [InlineData("Low/Basement.cs", "// High.Roof is in a comment", null)]
    [InlineData("Low/Basement.cs", "var text = \"High.Roof\";", null)]
    [InlineData("Low/Basement.cs", "var high = house.High.Roof;", null)]
    [InlineData("Low/Basement.cs", "var height = High.Height;", null)]
    public void Faults_OfOneLine_NameFileFolderAndReason(string path, string line, string? expected)
    {
        var floors = new[]
        {
            new Floor(1, "Low", "bricks of everything"),
            new Floor(1, "Beside", "bricks of something else"),
            new Floor(2, "High", "the roof stands on bricks"),
            new Floor(3, Floors.Top, "the wiring of all"),
        }.ToDictionary(floor => floor.Folder, StringComparer.Ordinal);
        Source[] sources = [new(path, line), new("High/Roof.razor", ""), new("High/Deep/Loft.cs", ""), new("Wiring.cs", "")];

        var faults = Faults("Some.Project", floors, sources).ToList();

        if (expected is null)
            faults.ShouldBeEmpty();
        else
            faults.ShouldHaveSingleItem().ShouldStartWith(expected);
    }

    [Theory]
    [InlineData("@using Some.Project.High", "<Roof />", true)]
    [InlineData("@using Some.Project.Low", "<Roof />", false)]
    [InlineData("@using Some.Project.Low", "<Roof />\n@inject Some.Project.High.Roof Above", true)]
    public void Faults_OfAPage_AreOfWhatImportsName(string imports, string page, bool isFault) =>
        Faults(
                "Some.Project",
                new Dictionary<string, Floor>
                {
                    ["Low"] = new(1, "Low", "bricks of everything"),
                    ["High"] = new(2, "High", "the roof stands on bricks"),
                    [Floors.Top] = new(3, Floors.Top, "the wiring of all"),
                },
                [new("_Imports.razor", imports), new("Low/Bricks.razor", page), new("High/Roof.razor", "")]
            )
            .Any()
            .ShouldBe(isFault);

    [Fact]
    public void Faults_SayTheReasonsOfBothFloors() =>
        Faults(
                "Some.Project",
                new Dictionary<string, Floor>
                {
                    ["Low"] = new(1, "Low", "bricks of everything"),
                    ["High"] = new(2, "High", "the roof stands on bricks"),
                },
                [new("Low/Basement.cs", "using Some.Project.High;")]
            )
            .ShouldHaveSingleItem()
            .ShouldBe("Low/Basement.cs imports High, which is floor 2 (the roof stands on bricks); Low is floor 1 (bricks of everything)");

    private static IEnumerable<string> Faults(string project, Dictionary<string, Floor> floors, IReadOnlyCollection<Source> sources)
    {
        var reader = new ImportReader(project, sources);
        foreach (var source in sources)
        {
            var own = FolderOf(source.Path);
            if (!floors.TryGetValue(own, out var floor))
            {
                yield return $"{source.Path} is in a folder without a floor: give it a line in Floors";
                continue;
            }

            // What stands in no folder is wiring, or belongs to all folders: its line says which, and it may import what it likes.
            if (own == Floors.Top)
                continue;
            foreach (var name in reader.Of(source).Distinct().Order(StringComparer.Ordinal))
            {
                if (name != own && floors.TryGetValue(name, out var other) && other.Number >= floor.Number)
                    yield return $"{source.Path} imports {name}, which is floor {other.Number} ({other.Reason}); {own} is floor "
                        + $"{floor.Number} ({floor.Reason})";
            }
        }
    }

    private static List<Source> SourcesIn(string folder) =>
        [
            .. Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(file => file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal))
                .Select(file => (Path: Path.GetRelativePath(folder, file).Replace('\\', '/'), File: file))
                .Where(file =>
                    !file.Path.StartsWith("bin/", StringComparison.Ordinal) && !file.Path.StartsWith("obj/", StringComparison.Ordinal)
                )
                .Select(file => new Source(file.Path, File.ReadAllText(file.File))),
        ];

    private static string FolderOf(string path) => ImportReader.FolderOf(path);
}
