using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Config;

/// <summary>Text of a config that would hide something from its readers is refused where it stands.</summary>
public sealed class VisibleFieldsTests
{
    [Theory]
    [InlineData("\u0085", "U+0085")]
    [InlineData("\u009b", "U+009B")]
    [InlineData("\u001b", "U+001B")]
    [InlineData("\u202e", "U+202E")]
    [InlineData("\u2066", "U+2066")]
    [InlineData("\u200b", "U+200B")]
    [InlineData("\u2028", "U+2028")]
    public void Check_HiddenCharacterInAnyField_IsAnErrorAtThatField(string hidden, string named)
    {
        var text = $"a{hidden}b";
        var pool = Configs.Pool("backend", "http://127.0.0.1:1") with { Tags = [text] };
        Paths(new() { Routes = [Configs.Proxy("r") with { Tags = ["ok", text] }], UpstreamPools = [pool] }, named)
            .ShouldBe(["routes/r/tags/1", "upstreamPools/backend/tags/0"]);
        var route = Configs.Proxy("r") with
        {
            HeaderConditions = [new() { Name = "X-A", Value = text }],
            QueryConditions = [new() { Name = text, Value = text }],
            RequestHeaders = [new() { Name = "X-A", Value = text }],
            ResponseHeaders = [new() { Name = "X-A", Value = text }],
        };
        Paths(Configs.All("http://127.0.0.1:1") with { Routes = [route] }, named)
            .ShouldBe([
                "routes/r/headerConditions/0/value",
                "routes/r/queryConditions/0/name",
                "routes/r/queryConditions/0/value",
                "routes/r/requestHeaders/0/value",
                "routes/r/responseHeaders/0/value",
            ]);
        var map = new HeaderMap
        {
            Name = "$m",
            Source = "$host",
            Default = text,
            Rows = [new() { Pattern = text, Value = text }],
        };
        Paths(new() { HeaderMaps = [map] }, named)
            .ShouldBe(["headerMaps/$m/default", "headerMaps/$m/rows/0/pattern", "headerMaps/$m/rows/0/value"]);
    }

    [Fact]
    public void Check_TextOfAnyLanguage_IsTaken() =>
        new ConfigValidator()
            .Check(
                new(),
                Configs.All("http://127.0.0.1:1") with
                {
                    Routes =
                    [
                        Configs.Proxy("r") with
                        {
                            Tags = ["münchen", "שלום", "سلام", "می\u200cخواهم", "👩\u200d💻"],
                            HeaderConditions = [new() { Name = "X-A", Value = "a\tb" }],
                        },
                    ],
                }
            )
            .Errors.ShouldBeEmpty();

    // What was stored before this rule stays, and can be edited elsewhere.
    [Fact]
    public void Check_ItemFromBefore_DoesNotRefuseAnEditOfAnother()
    {
        var head = Configs.All("http://127.0.0.1:1") with { Routes = [Configs.Proxy("r") with { Tags = ["a\u202eb"] }] };
        var next = head with { Routes = [.. head.Routes, Configs.Proxy("other", "/other")] };
        new ConfigValidator().Check(head, next).Valid.ShouldNotBeNull();
    }

    private static string[] Paths(ProxyConfig config, string named)
    {
        var errors = new ConfigValidator().Check(new(), config).Errors.Where(problem => problem.Code == "hidden_text").ToArray();
        errors.ShouldAllBe(problem => problem.Message.Contains(named));
        return [.. errors.Select(problem => problem.Path)];
    }
}
