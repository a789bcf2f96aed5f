using System.Globalization;
using System.Text.RegularExpressions;
using Appliance.Testing;

namespace Appliance.Web.Tests.Guards;

/// <summary>
/// Event ids of logged messages: each stands once, and each hundred belongs to one top folder, so that an id says where a message comes
/// from.
/// </summary>
public sealed partial class EventIdGuards
{
    private static readonly string[] _projects = ["Appliance.Proxy", "Appliance.Data", "Appliance.Web"];

    [Fact]
    public void EventIds_OfAllProjects_StandOnce() =>
        Messages()
            .GroupBy(message => message.Id)
            .Where(same => same.Count() > 1)
            .Select(same => $"{same.Key} stands in {string.Join(" and in ", same.Select(message => message.File))}")
            .ShouldBeEmpty();

    [Fact]
    public void EventIds_OfAHundred_BelongToOneFolder() =>
        Messages()
            .GroupBy(message => message.Id / 100)
            .Where(hundred => hundred.Select(message => message.Folder).Distinct().Count() > 1)
            .Select(hundred =>
                $"{hundred.Key}00 to {hundred.Key}99 belong to {string.Join(" and ", hundred.Select(message => message.Folder).Distinct())}"
            )
            .ShouldBeEmpty();

    [Fact]
    public void EventIds_OfAFolder_AreOfOneHundred() =>
        Messages()
            .GroupBy(message => message.Folder)
            .Where(folder => folder.Select(message => message.Id / 100).Distinct().Count() > 1)
            .Select(folder =>
                $"{folder.Key} has ids from {string.Join(" and ", folder.Select(message => $"{message.Id / 100}00").Distinct())}"
            )
            .ShouldBeEmpty();

    // One without a number would get one that changes with its name.
    [Fact]
    public void EventIds_OfAllMessages_AreGiven() =>
        Messages().Where(message => message.Id == 0).Select(message => message.File).ShouldBeEmpty();

    [Fact]
    public void Messages_Reader_FindsThem() =>
        Messages().Count().ShouldBeGreaterThan(80, "The reader of this guard no longer finds what it guards.");

    private static IEnumerable<(int Id, string Folder, string File)> Messages()
    {
        foreach (var project in _projects)
        {
            var root = Path.Combine(Repository.Root, "src", project);
            foreach (var file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
            {
                var path = Path.GetRelativePath(root, file).Replace('\\', '/');
                if (path.StartsWith("bin/", StringComparison.Ordinal) || path.StartsWith("obj/", StringComparison.Ordinal))
                    continue;
                foreach (Match message in Message().Matches(File.ReadAllText(file)))
                {
                    var id = message.Groups[1].Success ? int.Parse(message.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
                    yield return (id, $"{project}/{ImportReader.FolderOf(path)}", $"{project}/{path}");
                }
            }
        }
    }

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)?")]
    private static partial Regex Message();
}
