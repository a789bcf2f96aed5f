using Appliance.Proxy.Variables;
using Appliance.Testing;
using CsCheck;

namespace Appliance.Proxy.Tests.Variables;

/// <summary>
/// Templates: put together from texts and variables, they are read as these, and a text without a dollar sign is passed on unchanged.
/// </summary>
public sealed class TemplatePropertyTests
{
    private static readonly RequestFacts _facts = FactsFor.Get("/a%20b?x=1&y", headers: [("X-Test", "one"), ("Cookie", "a=b; id=42")]);

    private static readonly VariableNames _all = new([], [], 9);

    private static readonly Gen<string> _texts = Made.TextOf(
        6,
        "a",
        "Z",
        "_",
        "0",
        "$",
        "{",
        "}",
        " ",
        "\t",
        ".",
        "/",
        "%24",
        "ü",
        "€",
        "😀",
        "\0",
        "\u007f"
    );

    private static readonly Gen<string> _names = Gen.OneOf(
        "host",
        "scheme",
        "arg_x",
        "http_x_test",
        "cookie_id",
        "http_missing",
        "uri",
        "1",
        "REQUEST_METHOD"
    );

    [Fact]
    public void Parse_TextsAndVariables_AreReadAsThese() =>
        Gen.Select(_texts, _names)
            .Array[0, 5]
            .Sample(
                parts =>
                {
                    var printed = string.Concat(parts.Select(part => part.Item1.Replace("$", "$$") + $"${{{part.Item2}}}"));
                    var template = Parsed(printed);
                    template.Variables.ShouldBe(parts.Select(part => part.Item2.ToLowerInvariant()));
                    var expected = parts.Select(part => HeaderText.FromConfig(part.Item1) + Parsed("$" + part.Item2).Render(_facts));
                    template.Render(_facts).ShouldBe(string.Concat(expected));
                },
                iter: Made.Many
            );

    [Fact]
    public void Render_TextWithoutDollarSigns_IsUnchanged() =>
        _texts.Sample(
            text =>
            {
                text = text.Replace("$", "");
                var template = Parsed(text);
                (template.Variables.Any(), HeaderText.Shown(template.Render(_facts))).ShouldBe((false, text));
            },
            iter: Made.Many
        );

    [Fact]
    public void Parse_AnyText_IsATemplateOrAProblem() =>
        Made.TextOf(12, "$", "$", "{", "}", "host", "1", "12", "_", "é", " ", "-", "HOST", "arg_")
            .Sample(
                text =>
                {
                    var parsed = Template.Parse(text, _all);
                    if (parsed.Template is not { } template)
                        (parsed.Code is null || parsed.Error is null).ShouldBeFalse();
                    else
                        template.Render(_facts).ShouldNotBeNull();
                },
                iter: Made.Many
            );

    private static Template Parsed(string text) => Template.Parse(text, _all).Template.ShouldNotBeNull(text);
}
