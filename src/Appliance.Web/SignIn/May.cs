using System.Security.Claims;
using Appliance.Data.Accounts;

namespace Appliance.Web.SignIn;

/// <summary>What a person may do: the one place that knows which role may what. Pages ask before they offer something, and again before they do it.</summary>
public static class May
{
    /// <summary>See the messages of other people, and decide whether that is possible at all.</summary>
    public static bool Inspect(ClaimsPrincipal person) => person.HasClaim(ClaimTypes.Role, AccountStore.Administrator);
}
