using System.Text.RegularExpressions;
using Appliance.Proxy.WebSocketPolicies;
using CsCheck;

namespace Appliance.Proxy.Tests.WebSocketPolicies;

/// <summary>Masks of origins against an expression that says the same.</summary>
public sealed class OriginMaskPropertyTests
{
    [Fact]
    public void Matches_AnyMaskAndOrigin_AsTheExpression() =>
        Gen.Select(Made.TextOf(8, "*", "*", "a", "b", ".", "/", "A", "://"), Made.TextOf(8, "a", "b", ".", "/", "B", "://"))
            .Sample(
                (mask, origin) =>
                {
                    var expression = "^" + Regex.Escape(mask).Replace("\\*", "[^/]*") + "$";
                    OriginMask.Matches(mask, origin).ShouldBe(mask == "*" || Regex.IsMatch(origin, expression, RegexOptions.IgnoreCase));
                },
                iter: Made.Many
            );
}
