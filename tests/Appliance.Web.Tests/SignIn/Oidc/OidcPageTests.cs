using System.Text.RegularExpressions;
using Appliance.Testing;
using Appliance.Web.SignIn.Oidc;

namespace Appliance.Web.Tests.SignIn.Oidc;

public sealed partial class OidcPageTests
{
    private static readonly string _page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations", "sign-in-oidc.md"));

    [GeneratedRegex("^APPLIANCE_OIDC_ROLE_RULES=(.+)$", RegexOptions.Multiline)]
    private static partial Regex Rules { get; }

    [Fact]
    public void Codes_All_AreInTheTable() =>
        OidcReasons.All.Select(OidcReasons.Code).Where(code => !_page.Contains($"`{code}`", StringComparison.Ordinal)).ShouldBeEmpty();

    [Fact]
    public void Settings_All_AreInTheTable() =>
        OidcSettings.Variables.ShouldAllBe(variable => _page.Contains($"| `{variable.Name}` |", StringComparison.Ordinal));

    [Fact]
    public void Recipes_Rules_CanBeRead()
    {
        var recipes = Rules.Matches(_page.Replace("   APPLIANCE", "APPLIANCE", StringComparison.Ordinal));
        recipes.Count.ShouldBeGreaterThan(6);
        var problems = new List<string>();
        foreach (Match recipe in recipes)
            RoleRules.Parse(recipe.Groups[1].Value, problems.Add);
        problems.ShouldBeEmpty();
    }
}
