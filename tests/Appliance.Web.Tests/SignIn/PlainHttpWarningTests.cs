using Appliance.Web.SignIn;
using Microsoft.AspNetCore.Http;

namespace Appliance.Web.Tests.SignIn;

public sealed class PlainHttpWarningTests
{
    [Theory]
    [InlineData("http", "localhost:8081", false)]
    [InlineData("http", "127.0.0.1:8081", false)]
    [InlineData("http", "[::1]:8081", false)]
    [InlineData("http", "console.localhost", false)]
    [InlineData("http", "192.0.2.7:8081", true)]
    [InlineData("http", "[2001:db8::1]", true)]
    [InlineData("http", "console.example.com", true)]
    [InlineData("https", "console.example.com", false)]
    public void Warning_IsShown_WhereOthersCanReadAlong(string scheme, string host, bool shown)
    {
        var context = new DefaultHttpContext();
        (context.Request.Scheme, context.Request.Host) = (scheme, new(host));
        PlainHttpWarning.IsOpenOnTheNetwork(context.Request).ShouldBe(shown);
    }
}
