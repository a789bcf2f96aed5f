using System.Text;
using Appliance.Proxy.Routing;
using CsCheck;

namespace Appliance.Proxy.Tests.Routing;

/// <summary>Hosts of routes: a pattern without a fault is compared as text that stays as it is.</summary>
public sealed class HostPatternPropertyTests
{
    private static readonly Gen<string> _hosts = Made.TextOf(
        8,
        "a",
        "B",
        "1",
        "-",
        "_",
        ".",
        ".",
        "*",
        "*.",
        ".*",
        "ü",
        "ß",
        "İ",
        "。",
        "日本",
        "＊",
        "／",
        "．",
        "xn--",
        "[::1]",
        ":80",
        "/",
        " ",
        "\u00ad",
        "😀"
    );

    [Theory]
    [InlineData("Example.COM.", "example.com")]
    [InlineData("bücher.example。", "xn--bcher-kva.example")]
    [InlineData("a。example", "a.example")]
    public void Normalize_Host_IsAsClientsSendIt(string host, string normal) => HostPattern.Normalize(host).ShouldBe(normal);

    [Fact]
    public void Normalize_PatternWithoutFault_IsAsciiAndStays() =>
        _hosts.Sample(
            host =>
            {
                if (HostPattern.Fault(host) is not null)
                    return;
                var normal = HostPattern.Normalize(host);
                Ascii.IsValid(normal).ShouldBeTrue(normal);
                HostPattern.Normalize(normal).ShouldBe(normal);
                HostPattern.Fault(normal).ShouldBeNull(normal);
            },
            iter: Made.Many
        );
}
