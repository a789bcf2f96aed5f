using Appliance.Proxy.Variables;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Variables;

public sealed class TemplateTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("$host", "example.com")]
    [InlineData("${host}name", "example.comname")]
    [InlineData("$HOST", "example.com")]
    [InlineData("https://$host$request_uri", "https://example.com/a%20b?x=1&y")]
    [InlineData("$uri|$args|$query_string|$is_args", "/a b|x=1&y|x=1&y|?")]
    [InlineData("$arg_x,$arg_y,$arg_z", "1,,")]
    [InlineData("$http_x_test-$http_missing-", "one--")]
    [InlineData("$http_x_both $http_x_under", "dashed, under alone")]
    [InlineData("$cookie_id", "42")]
    [InlineData("$$5 and $$host", "$5 and $host")]
    [InlineData("$remote_addr:$remote_port $scheme $request_method $server_protocol", "192.0.2.9:1234 http GET HTTP/1.1")]
    [InlineData("$status", "")]
    [InlineData("$host.", "example.com.")]
    public void Render_Text_IsWhatNginxWouldSay(string text, string expected)
    {
        var facts = FactsFor.Get(
            "/a%20b?x=1&y",
            headers: [("X-Test", "one"), ("X-Both", "dashed"), ("X_Both", "under"), ("x_Under", "alone"), ("Cookie", "a=b; id=42")]
        );
        Parsed(text).Render(facts).ShouldBe(expected);
    }

    [Theory]
    [InlineData("$", "bad_template", "position 1")]
    [InlineData("a$-", "bad_template", "position 2")]
    [InlineData("${host", "bad_template", "closing brace")]
    [InlineData("${}", "bad_template", "position 1")]
    [InlineData("x $hots y", "unknown_variable", "$host")]
    [InlineData("$1", "unknown_variable", "$1")]
    public void Parse_WrongText_SaysWhatAndWhere(string text, string code, string part)
    {
        var parsed = Template.Parse(text, VariableNames.BuiltIn);
        parsed.Template.ShouldBeNull();
        parsed.Code.ShouldBe(code);
        parsed.Error.ShouldNotBeNull().ShouldContain(part);
    }

    [Fact]
    public void Parse_PositionalCapture_IsOneDigit() =>
        Template.Parse("$10", new([], [], 1)).Template.ShouldNotBeNull().Variables.ShouldBe(["1"]);

    [Fact]
    public void Variables_TextOrVariable_AreThoseThatAreRead()
    {
        Parsed("text").Variables.ShouldBeEmpty();
        Parsed("").Variables.ShouldBeEmpty();
        Parsed("$host").Variables.ShouldBe(["host"]);
    }

    private static Template Parsed(string text)
    {
        var parsed = Template.Parse(text, VariableNames.BuiltIn);
        return parsed.Template ?? throw new InvalidOperationException(parsed.Error);
    }
}
