using System.Text.RegularExpressions;
using Appliance.Testing;
using Appliance.Web.Hosting;

namespace Appliance.Web.Tests.Hosting;

public sealed class RunPageTests
{
    [Fact]
    public void SettingsTable_OfTheRunPage_EqualsTheOptions()
    {
        var rows = Regex.Matches(
            File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations", "run.md")),
            @"^\| `(APPLIANCE_\w+)` \| (?:`([^`]+)`|none) ",
            RegexOptions.Multiline
        );
        rows.Select(row => (row.Groups[1].Value, row.Groups[2].Value))
            .ShouldBe(
                ApplianceOptions.Variables.Select(variable =>
                    (variable.Name, variable.Name == "APPLIANCE_KEY_FILE" ? "master.key" : variable.Default)
                )
            );
    }
}
