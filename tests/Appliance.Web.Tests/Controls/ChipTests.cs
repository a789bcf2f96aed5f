using Appliance.Web.Controls;
using Bunit;

namespace Appliance.Web.Tests.Controls;

public sealed class ChipTests : Rendering
{
    [Fact]
    public void TagChips_ClickSaysWhich_AndTheChosenOneIsPressed()
    {
        var asked = "";
        var chips = Render<TagChips>(parameters =>
            parameters.Add(one => one.Tags, ["a", "b"]).Add(one => one.Chosen, "b").Add(one => one.Choose, tag => asked = tag)
        );
        chips
            .FindAll("button")
            .Select(chip => (chip.TextContent, chip.GetAttribute("aria-pressed")))
            .ShouldBe([("a", "false"), ("b", "true")]);
        chips.Find("button").Click();
        asked.ShouldBe("a");
        chips.Render(parameters => parameters.Add(one => one.Tags, ["a", "b"]).Add(one => one.Chosen, ""));
        chips.FindAll("button").ShouldAllBe(chip => chip.GetAttribute("aria-pressed") == "false");
    }

    // By its text and not by a label: tests and scripts find the field itself by "Password".
    [Fact]
    public void RevealButton_NamesItsFieldAndStateWithoutALabel()
    {
        var button = Render<RevealButton>(parameters => parameters.Add(one => one.For, "password")).Find("button");
        button.TextContent.Trim().ShouldBe("Show password");
        (
            button.GetAttribute("aria-pressed"),
            button.GetAttribute("aria-controls"),
            button.HasAttribute("aria-label"),
            button.GetAttribute("type")
        ).ShouldBe(("false", "password", false, "button"));
    }
}
