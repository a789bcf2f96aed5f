using Appliance.Data.Rights;
using Microsoft.AspNetCore.Authorization;

namespace Appliance.Web.SignIn;

/// <summary>
/// The policies of pages: <c>[Authorize(Policy = May.Administer)]</c>. What a page offers asks <c>PageRights</c>. Neither is the lock: each
/// door asks the actor's grant (<c>ConfigEditor</c>, <c>ConnectionControl</c>, <c>PeopleStore</c>).
/// </summary>
public static class May
{
    /// <summary>The policy of pages for administrators.</summary>
    public const string Administer = "administer";

    /// <summary>The policies by name.</summary>
    internal static void AddPolicies(AuthorizationOptions options) =>
        options.AddPolicy(Administer, policy =>
            policy.RequireAssertion(context => Session.GrantOf(context.User).Includes(Role.Administrator))
        );
}
