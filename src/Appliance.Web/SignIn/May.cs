using System.Security.Claims;
using Appliance.Data.Accounts;
using Microsoft.AspNetCore.Authorization;

namespace Appliance.Web.SignIn;

/// <summary>
/// Which role what takes: for pages (<c>[Authorize(Policy = May.Administer)]</c>), and for whatever they offer. It is not the lock: each door asks by itself
/// (<c>ConfigEditor</c>, <c>ConnectionControl</c>, <c>PeopleStore</c>).
/// </summary>
public static class May
{
    /// <summary>The policy of pages for administrators.</summary>
    public const string Administer = "administer";

    /// <summary>See the messages of other people, and decide whether that is possible at all.</summary>
    public static bool Inspect(ClaimsPrincipal person) => Session.GrantOf(person).Includes(Role.Administrator);

    /// <summary>Change routes, pools and maps, close and drain: within the person's scope.</summary>
    public static bool Operate(ClaimsPrincipal person) => Session.GrantOf(person).Includes(Role.Operator);

    /// <summary>The policies by name.</summary>
    internal static void AddPolicies(AuthorizationOptions options) =>
        options.AddPolicy(Administer, policy => policy.RequireAssertion(context => Session.GrantOf(context.User).Includes(Role.Administrator)));
}
