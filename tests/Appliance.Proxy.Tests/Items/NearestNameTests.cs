using Appliance.Proxy.Items;

namespace Appliance.Proxy.Tests.Items;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("hosst", " Did you mean hosts?")]
    [InlineData("Path", " Did you mean path?")]
    [InlineData("ht", "")]
    [InlineData("to", "")]
    [InlineData("", "")]
    [InlineData("somewhere", "")]
    public void Hint_NamesThatAreNearEnough(string name, string hint) => NearestName.Hint(name, ["id", "hosts", "path"]).ShouldBe(hint);

    [Fact]
    public void Hint_TheNameIsKnownElsewhere_IsNoHintToItself() =>
        NearestName.Hint("path", ["path", "bath"]).ShouldBe(" Did you mean bath?");

    [Fact]
    public void Hint_NothingIsKnown_IsEmpty() => NearestName.Hint("path", []).ShouldBeEmpty();
}
