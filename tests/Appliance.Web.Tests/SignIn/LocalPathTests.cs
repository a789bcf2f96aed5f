using System.Net;
using Appliance.Data.Accounts;
using Appliance.Web.SignIn;
using Appliance.Web.Tests.Control;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.SignIn;

/// <summary>Where people arrive after a sign-in: on a page of this console, whatever stands in the address.</summary>
public sealed class LocalPathTests
{
    private const string Password = "a long password of ann";

    private static readonly string[] _elsewhere =
    [
        "",
        "x",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "https://evil.example",
        "http:evil.example",
        "HTTPS:/evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\t/evil.example",
        "/\n/evil.example",
        "/a\r\nSet-Cookie: x=y",
        "/\u0000",
        "/\u007f",
        "/\u0085",
        "\t//evil.example",
        " //evil.example",
        "?to=/",
        "#",
        ".",
        "..//evil.example",
        "@evil.example",
    ];

    private static readonly (string To, string Path)[] _here =
    [
        ("/", "/"),
        ("/routes", "/routes"),
        ("/routes?q=Zürich", "/routes?q=Z%C3%BCrich"),
        ("/routes?q=Z%C3%BCrich", "/routes?q=Z%C3%BCrich"),
        ("/routes?q=a b", "/routes?q=a%20b"),
        ("/routes?q=\"<>\\^`{|}", "/routes?q=%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("/routes?q=%", "/routes?q=%"),
        ("/routes?q=山&b=❤#x", "/routes?q=%E5%B1%B1&b=%E2%9D%A4#x"),
        ("/routes?q=\u202e", "/routes?q=%E2%80%AE"),
        ("/\u2028/evil.example", "/%E2%80%A8/evil.example"),
        ("/／evil.example", "/%EF%BC%8Fevil.example"),
    ];

    public static TheoryData<string> Foreign() => [.. _elsewhere];

    public static TheoryData<string, string> Own()
    {
        var data = new TheoryData<string, string>();
        foreach (var (to, path) in _here)
            data.Add(to, path);
        return data;
    }

    [Theory]
    [MemberData(nameof(Foreign))]
    public void LocalPath_Elsewhere_IsTheDashboard(string to) => Session.LocalPath(to).ShouldBe("/");

    [Theory]
    [MemberData(nameof(Own))]
    public void LocalPath_Here_IsAsItStandsInAHeader(string to, string path) => Session.LocalPath(to).ShouldBe(path);

    [Fact]
    public void LocalPath_EveryCharacterInEveryPlace_StaysOnThisConsole()
    {
        for (var code = 0; code <= 0xFFFF; code += code < 0x3000 ? 1 : 0x101)
        {
            foreach (
                var to in new[]
                {
                    $"/{(char)code}/evil.example",
                    $"/{(char)code}evil.example",
                    $"{(char)code}//evil.example",
                    $"/a?q={(char)code}",
                    $"/{(char)code}{(char)code}evil.example",
                }
            )
            {
                var path = Session.LocalPath(to);
                path.ShouldAllBe(one => one > ' ' && one < 0x7F);
                path.ShouldStartWith("/");
                (path.Length > 1 && path[1] is '/' or '\\').ShouldBeFalse(to);
                new Uri(new Uri("http://console.example:8081/sign-in"), path).Authority.ShouldBe("console.example:8081");
            }
        }
    }

    [Fact]
    public async Task SignIn_WithATarget_ArrivesThereOrAtTheDashboard()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        await console.Services.GetRequiredService<AccountStore>().AddFirstAsync("ann", Passwords.Hash(Password), CancellationToken.None);
        using var ann = new FormBrowser(console.Port);
        string[] targets = [.. _here.Select(one => one.To), "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb"];
        foreach (var to in targets)
        {
            using var answer = await ann.SignInAsync("ann", Password, Uri.EscapeDataString(to));
            answer.StatusCode.ShouldBe(HttpStatusCode.Found, to);
            var location = new Uri(new Uri($"http://127.0.0.1:{console.Port}/sign-in"), answer.Headers.Location.ShouldNotBeNull());
            location.Authority.ShouldBe($"127.0.0.1:{console.Port}", to);
            using var page = await ann.OpenAsync(location.PathAndQuery);
            ((int)page.StatusCode).ShouldBeLessThan(500, to);
            if (to.StartsWith("/routes", StringComparison.Ordinal))
                location.AbsolutePath.ShouldBe("/routes");
        }
    }
}
