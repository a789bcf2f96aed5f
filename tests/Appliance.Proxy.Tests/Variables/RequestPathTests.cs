using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Tests.Variables;

public sealed class RequestPathTests
{
    [Theory]
    [InlineData("/a?t=1", "/a")]
    [InlineData("/a#tok=x", "/a")]
    [InlineData("/a#tok?x", "/a")]
    [InlineData("http://u:PW@x.test/p?t=1", "/p")]
    [InlineData("HTTPS://u:PW@x.test", "/")]
    [InlineData("http://x.test?u@PW", "/")]
    [InlineData("//u:PW@x/p", "//x/p")]
    [InlineData("/go/http://u:PW@x/p//v:PW@y", "/go/http://x/p//y")]
    [InlineData("http://u:P W@x/p q", "/p q")]
    [InlineData("u:PW@x.test:443", "x.test:443")]
    [InlineData("//@", "//")]
    [InlineData("//a@//b@/c@d", "/////c@d")]
    [InlineData("/@me/a@b", "/@me/a@b")]
    [InlineData("*", "*")]
    [InlineData("", "")]
    public void WithoutSecrets_OfAnyTarget_IsItsPathAlone(string target, string kept) => RequestPath.WithoutSecrets(target).ShouldBe(kept);

    // Anybody can send it: what it takes grows with its length, and not with the square.
    [Fact]
    public void WithoutSecrets_OfManyUsers_TakesNoMoreThanItsLength()
    {
        var target = string.Concat(Enumerable.Repeat("//@", 10_000));
        RequestPath.WithoutSecrets(target).ShouldBe(new string('/', 20_000));
        var before = GC.GetAllocatedBytesForCurrentThread();
        RequestPath.WithoutSecrets(target);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b?c=/../d", "/a/b")]
    [InlineData("/a//b///c", "/a/b/c")]
    [InlineData("/a/./b/.", "/a/b/")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/b/../c", "/a/c")]
    [InlineData("/a/b/../../c", "/c")]
    [InlineData("/a/%2e%2e/c", "/c")]
    [InlineData("/a%2fb%2F..", "/a/")]
    [InlineData("/a%20b", "/a b")]
    [InlineData("/a%3Fb%23c%25d", "/a?b#c%d")]
    [InlineData("/a+b", "/a+b")]
    [InlineData("/...", "/...")]
    [InlineData("/a/..b", "/a/..b")]
    [InlineData("/.a", "/.a")]
    [InlineData("/%C3%BC", "/\u00c3\u00bc")]
    [InlineData("http://host/x/../y?z", "/y")]
    [InlineData("http://host", "/")]
    [InlineData("/a#frag?x", "/a")]
    [InlineData("/a%zz", "/a%zz")] // nginx: 400
    [InlineData("/a%2", "/a%2")]
    [InlineData("/%", "/%")]
    [InlineData("/a/.%/%2e./%4%41", "/a/%4A")]
    public void TryParse_Target_IsNormalised(string target, string expected) => RequestPath.TryParse(target)!.Normalized.ShouldBe(expected);

    [Theory]
    [InlineData("/..")]
    [InlineData("/a/../../b")]
    [InlineData("/%2e%2e/x")]
    [InlineData("/a%00b")]
    [InlineData("")]
    [InlineData("example.com:443")]
    public void TryParse_WhatNginxRefuses_IsNull(string target) => RequestPath.TryParse(target).ShouldBeNull();

    [Fact]
    public void TryParse_RandomTargets_NeverThrowAndAreNormal()
    {
        var random = new Random(4711);
        const string alphabet = "/..//%2e%2f%41ab?#=&+ ";
        for (var round = 0; round < 20_000; round++)
        {
            var target = "/" + string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            if (RequestPath.TryParse(target) is not { } path)
                continue;
            path.Normalized.ShouldStartWith("/", Case.Sensitive, target);
            path.Normalized.ShouldNotContain("//", Case.Sensitive, target);
            ("/" + path.Normalized + "/").Contains("/../", StringComparison.Ordinal).ShouldBeFalse(target);
        }
    }

    [Theory]
    [InlineData("/x?a=1&b=2&a=3", "a", "1")]
    [InlineData("/x?A=1", "a", "1")]
    [InlineData("/x?ab=1", "a", null)]
    [InlineData("/x?a", "a", "")]
    public void Argument_Name_FirstWins(string target, string name, string? expected) =>
        RequestPath.TryParse(target)!.Argument(name).ShouldBe(expected);
}
