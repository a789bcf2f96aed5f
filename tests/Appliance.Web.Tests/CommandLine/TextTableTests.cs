using Appliance.Web.CommandLine;

namespace Appliance.Web.Tests.CommandLine;

public sealed class TextTableTests
{
    [Fact]
    public void Of_Rows_AlignsColumnsWithoutTrailingSpaces() =>
        TextTable
            .Of(
                ["ID", "NAME"],
                [
                    ["1", "a"],
                    ["100", "longer"],
                ]
            )
            .ShouldBe("ID   NAME\n1    a\n100  longer\n");

    [Fact]
    public void Of_ControlCharacters_DoNotReachTheTerminal() =>
        TextTable
            .Of(
                ["A"],
                [
                    ["\u001b[2Jx\r\ny\u009b"],
                ]
            )
            .ShouldBe("A\n\\u001B[2Jx\\u000D\\u000Ay\\u009B\n");
}
