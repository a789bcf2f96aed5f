using Appliance.Proxy.Routing;
using Appliance.Proxy.Variables;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Routing;

/// <summary>The upstream path of regex routes.</summary>
public sealed class UpstreamPathTemplateTests
{
    [Theory]
    [InlineData(@"^/u/(\d+)$", "/user/$1", "/u/7?x=1", "/user/7?x=1")]
    [InlineData(@"^/u/(\d+)$", "/user/$1", "/u/7?", "/user/7")]
    [InlineData("^/(?<lang>[a-z]{2})/(?<rest>.*)$", "/site/${rest}/${lang}x", "/de/a/b", "/site/a/b/dex")]
    [InlineData("^/f/(.*)$", "/$1", "/f/a%20b%3Fc%23d%25e", "/a%20b%3Fc%23d%25e")]
    [InlineData("^/f(.*)$", "/files/$1", "/f/a", "/files/a")]
    [InlineData("^/f/(.*)$", "/same", "/f/a?q", "/same?q")]
    [InlineData("^/f/(.*)$", "/$$1/$1", "/f/a", "/$1/a")]
    [InlineData("^/f/(.*)$", "/é/$1", "/f/%C3%A9", "/%C3%A9/%C3%A9")]
    [InlineData("^/f/(.*)$", "/$1", "/f/a|b%7Cc", "/a%7Cb%7Cc")]
    [InlineData("^/f/(x)?(.*)$", "/a$1/$2", "/f/y", "/a/y")]
    [InlineData("^/f/(.*)x", "/$1/secret", "/f/..x", null)]
    [InlineData("^/f/(.*)x", "/$1;/secret", "/f/..x", null)]
    [InlineData("^/f/(.*)x", "/a/$1", "/f/.x", null)]
    [InlineData("^/f/(.*)x", "/a$1", "/f/..x", "/a..")]
    public void Target_Captures_AreWrittenAsAPath(string regex, string upstreamPath, string target, string? sent) =>
        SentOf(regex, upstreamPath, target).ShouldBe(sent);

    // Whatever a client writes: the server is asked for one line of visible ASCII, without a query that the client did not write, and not
    // above the path.
    [Fact]
    public void Target_EveryByteEncodedAndPlain_StaysInItsPlace()
    {
        for (var value = 1; value < 256; value++)
        {
            foreach (var written in new[] { $"%{value:X2}", $"{(char)value}" })
            {
                if (
                    RequestPath.TryParse($"/f/a{written}b?q=1") is null
                    || SentOf(@"^/f/([\s\S]*)$", "/up/$1", $"/f/a{written}b?q=1") is not { } sent
                )
                    continue;
                sent.ShouldAllBe(character => character > ' ' && character < '\x7f', written);
                sent.ShouldStartWith("/up/");
                sent.Count(character => character == '?').ShouldBeLessThanOrEqualTo(written == "?" ? 2 : 1, written);
                sent.ShouldNotContain("#");
                RequestPath.TryParse(sent).ShouldNotBeNull().Normalized.ShouldStartWith("/up/");
            }
        }
    }

    [Theory]
    [InlineData("/$host", "not_a_capture")]
    [InlineData("/$nothing", "unknown_variable")]
    [InlineData("/$", "bad_template")]
    public void Parse_OtherVariables_AreRefused(string text, string code) =>
        UpstreamPathTemplate.Parse(text, new([], ["id"], 9)).Fault.ShouldNotBeNull().Code.ShouldBe(code);

    private static string? SentOf(string regex, string upstreamPath, string target)
    {
        var route = CompiledRoute.Compile(
            new()
            {
                Name = "r",
                Path = regex,
                PathKind = PathKind.Regex,
                Action = new RouteAction.Proxy { Pool = "p", UpstreamPath = upstreamPath },
            },
            VariableNames.BuiltIn
        );
        route.Unavailable.ShouldBeNull();
        var facts = FactsFor.Get(target);
        RouteTable.Build([route]).Find(facts).Outcome.ShouldBe(RouteOutcome.Found);
        return route.UpstreamTarget(facts);
    }
}
