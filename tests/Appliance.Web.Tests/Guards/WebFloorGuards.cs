using System.Reflection;
using System.Text.RegularExpressions;
using Appliance.Testing;
using Appliance.Web.Frame;
using Microsoft.AspNetCore.Components;

namespace Appliance.Web.Tests.Guards;

/// <summary>A folder of the console imports what stands below it, never beside or above. ARCHITECTURE.md has the same list.</summary>
public sealed class WebFloorGuards
{
    private const string Name = "Appliance.Web";

    // The top folders with the reason why each stands where it stands. The empty one is Program.cs.
    private static readonly (int Floor, string Folder, string Reason)[] Floors =
    [
        (1, "Controls", "the bricks of every page, and numbers as people read them; they know no page"),
        (1, "Startup", "how a process starts and ends: exit codes, what keeps it from starting, listening; hosts and commands ask it"),
        (1, "Requests", "what every request passes before a page answers: HEAD, stale and unreadable forms; nothing of people and items"),
        (1, "Faces", "what the face of a kind of items is; each area has its own"),
        (2, "Rights", "who may do what, and who uses an item; its bricks are made of Controls"),
        (2, "Live", "the feed with raw facts; areas derive their figures from it, so it knows none of them"),
        (2, "Search", "what can be found: pages and deeds, and items by their faces"),
        (2, "SignIn", "who somebody is: sessions, ways in, their pages; every deed asks it, so it stands below all deeds"),
        (3, "Deeds", "the one way in which pages do something: it asks who it is, tells the feed, shows a toast"),
        (3, "Forms", "forms of any item: they show rights and sign-in, and know no item"),
        (4, "Editing", "forms and deeds of config items, whatever their kind"),
        (4, "Sockets", "WebSockets as every area shows and ends them: counts, drains, the door ConnectionControl"),
        (5, "Bulk", "deeds of Editing for many items; the lists of areas show it"),
        (5, "Demo", "routes by the editor, and two servers; Hosting starts it"),
        (6, "About", "an area"),
        (6, "Audit", "an area"),
        (6, "Certificates", "an area"),
        (6, "Connections", "an area"),
        (6, "Dashboard", "an area"),
        (6, "HeaderMaps", "an area"),
        (6, "History", "an area"),
        (6, "OwnAccount", "an area"),
        (6, "People", "an area"),
        (6, "Routes", "an area"),
        (6, "TlsPolicies", "an area"),
        (6, "Upstreams", "an area"),
        (7, "Frame", "the layout around all areas: it registers what they need and where their panels hang"),
        (8, "Control", "the command line's way into the process: it asks areas, and how many pages are open in Frame"),
        (9, "Hosting", "the settings and the wiring; it knows everything that runs"),
        (10, "CommandLine", "commands open the folder or start the server by Hosting"),
        (11, "", "the program starts a command"),
    ];

    private static readonly Dictionary<string, int> FloorOf = Floors.ToDictionary(line => line.Folder, line => line.Floor);

    [Fact]
    public void Folders_FormNoCircle() => Compiled().Concat(Layouts()).Concat(Usings())
        .Where(use => use.Folder != use.UsedFolder && FloorOf[use.Folder] <= FloorOf[use.UsedFolder])
        .Select(use => $"{use.Name} uses {use.Used}: {Place(use.Folder)} may not import {Place(use.UsedFolder)}")
        .Distinct().Order(StringComparer.Ordinal)
        .ShouldBeEmpty("A folder imports what stands below it. Move what both need down, pass a value, or let an area register a Panel.");

    [Fact]
    public void Folders_AllHaveAFloor() => Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src", Name)).Select(folder => Path.GetFileName(folder))
        .Where(folder => folder is not ("bin" or "obj" or "wwwroot")).Append("").Order(StringComparer.Ordinal)
        .ShouldBe(Floors.Select(line => line.Folder).Order(StringComparer.Ordinal), "Give the folder a floor, with a reason.");

    // What only _Imports.razor brings in: if the guard did not see it, it would be green for nothing.
    [Fact]
    public void Uses_OfARazorFile_AreSeen()
    {
        Compiled().ShouldContain(use => use.Name == "Certificates.CertificatesPage" && use.Used == "Rights.AddLink");
        Layouts().ShouldContain(use => use.Name == "SignIn.SignInPage" && use.Used == "SignIn.PlainLayout");
        Usings().ShouldContain(use => use.Folder == "Hosting" && use.UsedFolder == "Startup");
    }

    private static IEnumerable<FolderUse> Compiled() => TypeUses.Of(typeof(App).Assembly.Location)
        .Where(use => IsOurs(use.Namespace) && IsOurs(use.UsedNamespace))
        .Select(use => new FolderUse(FolderOf(use.Namespace), Short(use.Namespace, use.Name), FolderOf(use.UsedNamespace), Short(use.UsedNamespace, use.UsedName)));

    private static IEnumerable<FolderUse> Layouts() => typeof(App).Assembly.GetTypes()
        .Select(page => (Page: page, page.GetCustomAttribute<LayoutAttribute>()?.LayoutType))
        .Where(page => page.LayoutType is { Namespace: { } space } && IsOurs(space) && IsOurs(page.Page.Namespace ?? ""))
        .Select(page => new FolderUse(
            FolderOf(page.Page.Namespace!), Short(page.Page.Namespace!, page.Page.Name), // it is one of ours
            FolderOf(page.LayoutType!.Namespace!), Short(page.LayoutType.Namespace!, page.LayoutType.Name))); // it has a layout of ours

    // Constants and names in attributes leave no trace in what was compiled.
    private static IEnumerable<FolderUse> Usings()
    {
        var root = Path.Combine(Repository.Root, "src", Name);
        foreach (var (_, folder, _) in Floors.Where(line => line.Folder.Length > 0))
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(root, folder), "*.*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".cs" or ".razor"))
            {
                foreach (Match match in Regex.Matches(File.ReadAllText(file), @"(?<!namespace )\bAppliance\.Web\.(?<folder>[A-Z]\w*)"))
                {
                    if (FloorOf.ContainsKey(match.Groups["folder"].Value))
                        yield return new(folder, Path.GetRelativePath(root, file), match.Groups["folder"].Value, match.Value);
                }
            }
        }
    }

    private static string Place(string folder) => $"{(folder.Length == 0 ? "the program" : folder)} (floor {FloorOf[folder]})";

    private static bool IsOurs(string space) => space == Name || space.StartsWith(Name + ".", StringComparison.Ordinal);

    private static string FolderOf(string space) => space == Name ? "" : space[(Name.Length + 1)..].Split('.')[0];

    private static string Short(string space, string name) => space == Name ? name : $"{FolderOf(space)}.{name}";

    private sealed record FolderUse(string Folder, string Name, string UsedFolder, string Used);
}
