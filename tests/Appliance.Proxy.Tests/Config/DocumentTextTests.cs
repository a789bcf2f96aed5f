using System.Text;
using Appliance.Proxy.Config;

namespace Appliance.Proxy.Tests.Config;

/// <summary>Text that JSON parsers read differently, or not as it was written.</summary>
public sealed class DocumentTextTests
{
    [Theory]
    [InlineData("""{ "routes": [], "routes": [] }""", "routes", "Line 1, column 17: \"routes\" is there twice; remove one.")]
    [InlineData(
        """{ "routes": [ { "name": "x" }, { "name": "y", "action": { "kind": "respond",!"kind": "proxy" } } ] }""",
        "routes/1/action/kind",
        "Line 2, column 1: \"kind\" is there twice; remove one."
    )]
    [InlineData("""{ "routes": [ { "na\u006de": "x", "name": "y" } ] }""", "routes/0/name", "\"name\" is there twice")]
    [InlineData("""{ "routes": [ { "name": "\ud800" } ] }""", "routes/0/name", "half of a character")]
    [InlineData("""{ "routes": [ { "name": "\ude00\ud800" } ] }""", "routes/0/name", "half of a character")]
    [InlineData("""{ "routes": [ { "name": "x", "tags": [ "a", "\ud800x" ] } ] }""", "routes/0/tags/1", "half of a character")]
    [InlineData("""{ "\udc00": 1 }""", "", "half of a character")]
    public void Parse_ReadAsSomethingElse_IsAProblemWithItsPlace(string text, string path, string message)
    {
        var problem = ConfigDocument.Parse(Encoding.UTF8.GetBytes(text.Replace('!', '\n'))).Problems.ShouldHaveSingleItem();
        (problem.Path, problem.Code).ShouldBe((path, "bad_json"));
        problem.Message.ShouldContain(message);
    }

    // Every byte that begins nothing or continues nothing, in a name, in a value and in a member's name.
    [Fact]
    public void Parse_BytesThatAreNoUtf8_AreAProblemWithTheirPlace()
    {
        foreach (
            var where in new[]
            {
                """{ "routes": [ { "name": "a?b" } ] }""",
                """{ "routes": [ { "name": "a", "tags": [ "?" ] } ] }""",
                """{ "a?": 1 }""",
            }
        )
        {
            for (var value = 0x80; value <= 0xFF; value++)
            {
                var bytes = Encoding.Latin1.GetBytes(where.Replace('?', (char)value));
                var problem = ConfigDocument.Parse(bytes).Problems.ShouldHaveSingleItem($"0x{value:X2} in {where}");
                (problem.Code, problem.Message).ShouldBe(
                    ("bad_json", $"Line 1, column {where.IndexOf('?') + 1}: the byte 0x{value:X2} is no UTF-8. Save the file as UTF-8.")
                );
            }
        }
    }

    [Fact]
    public void Parse_WholeCharacters_AreTaken() =>
        ConfigDocument
            .Parse(
                Encoding.UTF8.GetBytes(
                    """{ "routes": [ { "name": "Z\u00fcrich \ud83d\ude00 ü 😀", "action": { "kind": "respond" } } ] /* and a comment */ }"""
                )
            )
            .Document.ShouldNotBeNull()
            .Config.Routes[0]
            .Name.ShouldBe("Zürich 😀 ü 😀");
}
