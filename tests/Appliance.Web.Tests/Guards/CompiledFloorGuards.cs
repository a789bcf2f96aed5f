using System.Reflection;
using Appliance.Web.Frame;
using Microsoft.AspNetCore.Components;

namespace Appliance.Web.Tests.Guards;

/// <summary>
/// The floors held against what was compiled. <see cref="FloorGuards"/> reads names; here an extension of another folder counts, and a
/// component or a type that is used without its name, as by <c>var</c> or through <c>_Imports.razor</c>.
/// </summary>
public sealed class CompiledFloorGuards
{
    [Theory]
    [InlineData(typeof(App), "Appliance.Web")]
    [InlineData(typeof(Proxy.ProxyHost), "Appliance.Proxy")]
    public void Folders_FormNoCircle(Type one, string project)
    {
        var floors = Floors.Of[project].ToDictionary(floor => floor.Folder, floor => floor.Number, StringComparer.Ordinal);
        UsesIn(one.Assembly, project)
            .Where(use => use.Folder != use.UsedFolder && use.Folder != Floors.Top && floors[use.Folder] <= floors[use.UsedFolder])
            .Select(use =>
                $"{use.Folder}/{use.Name} (floor {floors[use.Folder]}) uses {use.UsedFolder}/{use.UsedName} (floor "
                + $"{floors[use.UsedFolder]})"
            )
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ShouldBeEmpty(
                "A folder imports what stands below it. Move what both need down, pass a value, or let an area register a Panel."
            );
    }

    // If the guard saw no component, no extension and no layout, it would be green for nothing.
    [Theory]
    [InlineData("Certificates", "CertificatesPage", "Rights", "AddLink")]
    [InlineData("Frame", "ConsoleLayout", "Certificates", "CertificateFigures")]
    [InlineData("OwnAccount", "AccountPage", "SignIn", "PlainLayout")]
    public void Uses_WithoutAUsing_AreSeen(string folder, string name, string usedFolder, string usedName) =>
        UsesIn(typeof(App).Assembly, "Appliance.Web").ShouldContain(new FolderUse(folder, name, usedFolder, usedName));

    private static IEnumerable<FolderUse> UsesIn(Assembly assembly, string project)
    {
        bool IsOurs(string space) => space == project || space.StartsWith(project + ".", StringComparison.Ordinal);
        string Folder(string space) => space == project ? Floors.Top : space[(project.Length + 1)..].Split('.')[0];

        // A layout is named in an attribute, which the code of the page does not use.
        var layouts = assembly
            .GetTypes()
            .Select(page => (Page: page, page.GetCustomAttribute<LayoutAttribute>()?.LayoutType))
            .Where(page => page.LayoutType is not null)
            .Select(page => new TypeUse(
                page.Page.Namespace ?? "",
                page.Page.Name,
                page.LayoutType?.Namespace ?? "",
                page.LayoutType?.Name ?? ""
            ));
        return TypeUses
            .Of(assembly.Location)
            .Concat(layouts)
            .Where(use => IsOurs(use.Namespace) && IsOurs(use.UsedNamespace))
            .Select(use => new FolderUse(Folder(use.Namespace), use.Name, Folder(use.UsedNamespace), use.UsedName));
    }

    private sealed record FolderUse(string Folder, string Name, string UsedFolder, string UsedName);
}
