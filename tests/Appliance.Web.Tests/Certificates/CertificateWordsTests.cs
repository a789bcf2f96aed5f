using System.Text.RegularExpressions;
using Appliance.Testing;
using Appliance.Web.Certificates;

namespace Appliance.Web.Tests.Certificates;

public sealed class CertificateWordsTests
{
    // A rule for the class alone is somebody else's: the sign-in page's made the bar of a validity as high as the window.
    [Theory]
    [InlineData(365)]
    [InlineData(20)]
    [InlineData(1)]
    [InlineData(-1)]
    public void Tone_HasNoLookOfItsOwn(int days)
    {
        var tone = CertificateWords.Tone(TestTime.Start.AddDays(days), TestTime.Start);
        var css = File.ReadAllText(Path.Combine(Repository.Root, "src/Appliance.Web/wwwroot/console.css"));
        Regex.Matches(css, $@"(?m)(?:^|,\s*)\.{tone}\s*[,{{].*").Select(rule => rule.Value).ShouldBeEmpty();
    }
}
