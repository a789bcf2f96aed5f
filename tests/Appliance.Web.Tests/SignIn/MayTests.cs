using System.Security.Claims;
using Appliance.Data.Rights;
using Appliance.Web.SignIn;

namespace Appliance.Web.Tests.SignIn;

public sealed class MayTests
{
    [Theory]
    [InlineData(Role.Viewer, false, false)]
    [InlineData(Role.Operator, true, false)]
    [InlineData(Role.Administrator, true, true)]
    public void Role_IncludesThoseBeforeIt(Role role, bool operate, bool inspect)
    {
        var person = Session.Of(
            new()
            {
                Name = "ann",
                NormalizedName = "ANN",
                Role = role,
            },
            "session"
        );
        (Session.GrantOf(person).Includes(Role.Operator), Session.GrantOf(person).Includes(Role.Administrator)).ShouldBe(
            (operate, inspect)
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("Root")]
    public void Role_Unknown_MayNothing(string role)
    {
        var person = new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Role, role)], Session.Scheme));
        (Session.GrantOf(person).Includes(Role.Operator), Session.GrantOf(person).Includes(Role.Administrator)).ShouldBe((false, false));
    }

    [Fact]
    public void Nobody_MayNothing() =>
        (Session.GrantOf(new()).Includes(Role.Operator), Session.GrantOf(new()).Includes(Role.Viewer)).ShouldBe((false, false));
}
