using System.Net;
using System.Security.Claims;
using Appliance.Web.SignIn;
using Microsoft.AspNetCore.Http;

namespace Appliance.Web.Tests.SignIn;

public sealed class BrowserAddressTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData(null, "unknown")]
    public async Task Transform_Request_ThePersonKnowsItsAddress(string? address, string expected)
    {
        var person = new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Name, "ann")], "cookie"));
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = address is null ? null : IPAddress.Parse(address) } };
        var transformation = new BrowserAddress(new HttpContextAccessor { HttpContext = context });
        await transformation.TransformAsync(person);
        var transformed = await transformation.TransformAsync(person);
        BrowserAddress.Of(transformed).ShouldBe(expected);
        transformed.FindAll("from").Count().ShouldBe(1);
        Session.NameOf(transformed).ShouldBe("ann");
        transformed.Identity!.IsAuthenticated.ShouldBeTrue();
        BrowserAddress.Of(context).ShouldBe(expected);

        // The cookie's own principal is renewed with the cookie; the address does not go with it.
        BrowserAddress.Of(person).ShouldBe("unknown");
    }
}
