using System.Text.RegularExpressions;
using Appliance.Testing;

namespace Appliance.Web.Tests.Docs;

/// <summary>The pictures of the docs: each is there, and each is shown.</summary>
public sealed partial class PicturesTests
{
    [Fact]
    public void Pictures_InTheFolderAndOnThePages_AreTheSame()
    {
        var shown = DocPages.All.SelectMany(page =>
            Name().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))).Select(match => match.Groups[1].Value)
        );
        var there = Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs", "images")).Select(Path.GetFileName);
        there.Order(StringComparer.Ordinal).ShouldBe(shown.Distinct().Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"images/([a-z0-9-]+\.png)")]
    private static partial Regex Name();
}
