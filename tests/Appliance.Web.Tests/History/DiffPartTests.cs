using Appliance.Web.History;

namespace Appliance.Web.Tests.History;

public sealed class DiffPartTests
{
    [Theory]
    [InlineData("++++++++++++", "12")]
    [InlineData("            ", "[12]")]
    [InlineData("      +      ", "[3] 7 [3]")]
    [InlineData("     +     ", "2 7 2")]
    [InlineData("-            +", "4 [6] 4")]
    [InlineData("-        +", "4 2 4")]
    [InlineData("", "")]
    public void Fold_KeepsThreeLinesBesideAChange(string signs, string parts) =>
        string.Join(
                ' ',
                DiffPart
                    .Fold([.. signs.Select(sign => new DiffLine(sign, "x"))])
                    .Select(part => part.IsFolded ? $"[{part.Lines.Count}]" : $"{part.Lines.Count}")
            )
            .ShouldBe(parts);

    [Fact]
    public void Fold_LosesNoLine()
    {
        DiffLine[] lines = [.. Enumerable.Range(0, 50).Select(number => new DiffLine(number is 20 or 41 ? '+' : ' ', $"{number}"))];
        DiffPart.Fold(lines).SelectMany(part => part.Lines).ShouldBe(lines);
    }
}
