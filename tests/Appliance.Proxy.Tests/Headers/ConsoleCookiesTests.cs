using Appliance.Proxy.Headers;
using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Tests.Headers;

public sealed class ConsoleCookiesTests
{
    private static readonly ConsoleCookies _cookies = new("appliance_1f2e3d4c_");

    [Theory]
    [InlineData("a=1", "a=1")]
    [InlineData("appliance_1f2e3d4c_session=x", "")]
    [InlineData("appliance_1f2e3d4c_sessionC1=x; a=1", "a=1")]
    [InlineData("a=1; appliance_1f2e3d4c_session=x;b=2", "a=1;b=2")]
    [InlineData("a=1;\tappliance_1f2e3d4c_session=x", "a=1")]
    [InlineData("a=1;appliance_1f2e3d4c_antiforgery", "a=1")]
    [InlineData("__Host-appliance_1f2e3d4c_session=x; a=1", "a=1")]
    [InlineData("__hOST-appliance_1f2e3d4c_session=x; __SECURE-appliance_1f2e3d4c_session=y; a=1", "a=1")]
    [InlineData("appliance_99999999_session=x", "appliance_99999999_session=x")]
    [InlineData("APPLIANCE_1F2E3D4C_session=x", "APPLIANCE_1F2E3D4C_session=x")]
    [InlineData("a=appliance_1f2e3d4c_session", "a=appliance_1f2e3d4c_session")]
    [InlineData("a=\"x; appliance_1f2e3d4c_session=x\"", "a=\"x")] // servers that know no quotes (RFC 6265, 5.2) would read the session there
    public void Cookie_OfTheConsole_IsTakenOut(string line, string kept) => _cookies.WithoutOurs(line).ToString().ShouldBe(kept);

    [Fact]
    public void Cookie_TwoLines_EachIsLookedAt() =>
        _cookies
            .WithoutOurs(new StringValues(["appliance_1f2e3d4c_session=x", "a=1; appliance_1f2e3d4c_oidc_y=z"]))
            .ToArray()
            .ShouldBe(["a=1"]);

    [Fact]
    public void SetCookie_OfTheConsole_IsTakenOut() =>
        _cookies
            .WithoutOursSet(
                new StringValues([
                    "a=1; Path=/",
                    "appliance_1f2e3d4c_session=evil; Path=/",
                    " __Host-appliance_1f2e3d4c_session=evil; Secure; Path=/",
                ])
            )
            .ToArray()
            .ShouldBe(["a=1; Path=/"]);

    [Fact]
    public void Lines_WithoutAConsole_StayTheSame()
    {
        var line = new StringValues("appliance_1f2e3d4c_session=x");
        ConsoleCookies.None.WithoutOurs(line).ShouldBe(line);
        ConsoleCookies.None.WithoutOursSet(line).ShouldBe(line);
    }
}
