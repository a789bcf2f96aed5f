using System.Security.Claims;
using Appliance.Data.Accounts;
using Appliance.Web.SignIn;

namespace Appliance.Web.Tests.SignIn;

public sealed class MayTests
{
    [Theory]
    [InlineData(AccountStore.Administrator, true)]
    [InlineData("viewer", false)]
    [InlineData("", false)]
    public void Inspect_OnlyAdministrators(string role, bool may) =>
        May.Inspect(new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Role, role)], Session.Scheme))).ShouldBe(may);

    [Fact]
    public void Inspect_Nobody_MayNot() => May.Inspect(new ClaimsPrincipal()).ShouldBeFalse();
}
