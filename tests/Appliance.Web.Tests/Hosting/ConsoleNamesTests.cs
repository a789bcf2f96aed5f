using Appliance.Web.Hosting;

namespace Appliance.Web.Tests.Hosting;

public sealed class ConsoleNamesTests
{
    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LocalHost", true)]
    [InlineData("localhost.", true)]
    [InlineData("app.localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]", true)]
    [InlineData("192.0.2.7", true)]
    [InlineData("PROXY.example.com", true)]
    [InlineData("example.com", false)]
    [InlineData("proxy.example.com.evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("notlocalhost", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("", false)]
    public void IsOurs_Names_OnlyThoseAStrangerCannotPointHere(string host, bool ours) =>
        ConsoleNames.IsOurs(host, new() { PublicUrl = new("https://proxy.example.com/console") }).ShouldBe(ours);

    [Fact]
    public void IsOurs_NoPublicUrl_EmptyHostIsForeign() => ConsoleNames.IsOurs("", new()).ShouldBeFalse();
}
