using System.Text.RegularExpressions;
using Appliance.Testing;
using Appliance.Web.Hosting;

namespace Appliance.Web.Tests.Docs;

/// <summary>Settings as the pages print them: the product takes each.</summary>
public sealed partial class PrintedSettingsTests : IDisposable
{
    private readonly string _secret = Path.GetTempFileName();

    public static TheoryData<string> Printed() => [.. Blocks().Select(block => block.ToString())];

    private static IEnumerable<DocBlock> Blocks() =>
        DocPages.Blocks().Where(block => block.Language == "sh" && block.Lines.Any(line => Assignment().IsMatch(line)));

    [Theory]
    [MemberData(nameof(Printed))]
    public void Settings_AsPrinted_AreTaken(string place)
    {
        File.WriteAllText(_secret, "s3cret");
        var block = Blocks().Single(one => one.ToString() == place);
        block.Lines.ShouldAllBe(line => Assignment().IsMatch(line) || line.StartsWith('#'));
        var settings = new Dictionary<string, string>
        {
            ["APPLIANCE_PUBLIC_URL"] = "https://proxy.example.com",
            ["APPLIANCE_OIDC_AUTHORITY"] = "https://login.example.com",
            ["APPLIANCE_OIDC_CLIENT_ID"] = "appliance",
            ["APPLIANCE_OIDC_ROLE_RULES"] = "groups:admins=Administrator",
        };
        foreach (var line in block.Lines.Where(line => !line.StartsWith('#')))
        {
            // An alternative ("or by ...") replaces what stands above it.
            var parts = line.Split('=', 2);
            settings[parts[0]] = parts[0].EndsWith("_FILE", StringComparison.Ordinal) ? _secret : parts[1];
            var read = ApplianceOptions.Read(settings.GetValueOrDefault, settings.Keys);
            read.Problems.ShouldBeEmpty($"{block}: {line}");
            read.Warnings.ShouldBeEmpty($"{block}: {line}");
        }
    }

    [Fact]
    public void Example_AsItIs_IsTaken()
    {
        var settings = File.ReadLines(Path.Combine(Repository.Root, "appliance.env.example"))
            .Where(line => Assignment().IsMatch(line))
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        settings.Count.ShouldBeGreaterThan(20);
        var read = ApplianceOptions.Read(settings.GetValueOrDefault, settings.Keys);
        (string.Join('\n', read.Problems), string.Join('\n', read.Warnings)).ShouldBe(("", ""));
    }

    [Fact]
    public void Settings_WithAMistake_AreNotTaken() =>
        ApplianceOptions
            .Read(name => name == "APPLIANCE_OIDC_ROLE_RULES" ? "groups:a=Emperor" : null, ["APPLIANCE_OIDC_ROLE_RULES"])
            .Problems.ShouldNotBeEmpty();

    /// <inheritdoc/>
    public void Dispose() => File.Delete(_secret);

    [GeneratedRegex("^APPLIANCE_[A-Z0-9_]+=")]
    private static partial Regex Assignment();
}
