using Appliance.Proxy.Items;

namespace Appliance.Proxy.Tests.Items;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("Zoë \\ 山田 👩\u200d💻 می\u200cخواهم", "Zoë \\ 山田 👩\u200d💻 می\u200cخواهم")]
    [InlineData("a\r\nb", "a\\u000D\\u000Ab")]
    [InlineData("\u001b[2J", "\\u001B[2J")]
    [InlineData("a\u202eb", "a\\u202Eb")]
    [InlineData("\U000E0041", "\\uDB40\\uDC41")]
    public void Of_WhatMovesOrHidesText_IsAnEscape(string text, string visible) => VisibleText.Of(text).ShouldBe(visible);

    [Fact]
    public void Of_HalfACharacter_IsAnEscape() => VisibleText.Of("a" + (char)0xD800 + "b").ShouldBe("a\\uD800b");

    [Fact]
    public void OfLines_LineFeeds_StayAndCarriageReturnsDoNot() => VisibleText.OfLines("a\nb\r\nc\u001b").ShouldBe("a\nb\\u000D\nc\\u001B");
}
