using Appliance.Web.Requests;
using Microsoft.AspNetCore.Http;

namespace Appliance.Web.Tests.Requests;

public sealed class OwnRedirectsTests
{
    [Theory]
    [InlineData("http://inner:8081/sign-in?to=%2F", "/sign-in?to=%2F")]
    [InlineData("HTTP://INNER:8081/", "/")]
    [InlineData("http://inner:8081//evil.example/", null)] // as a path it would be another site
    [InlineData("http://inner:80811/", null)]
    [InlineData("http://inner:8081.evil.example/", null)]
    [InlineData("http://inner:8081", null)]
    [InlineData("https://inner:8081/", null)]
    [InlineData("http://login.example.com/", null)]
    [InlineData("/routes", null)]
    public void PathOf_AddressOfTheRequest_IsAPath(string location, string? path)
    {
        var request = new DefaultHttpContext().Request;
        (request.Scheme, request.Host) = ("http", new("inner:8081"));
        OwnRedirects.PathOf(location, request).ShouldBe(path);
    }
}
