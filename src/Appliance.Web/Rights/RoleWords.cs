using Appliance.Data.Accounts;
using Appliance.Data.Rights;

namespace Appliance.Web.Rights;

/// <summary>What roles and scopes allow, in words.</summary>
internal static class RoleWords
{
    /// <summary>What a role may do, in a sentence.</summary>
    public static string Explain(Role? role) =>
        role switch
        {
            Role.Viewer => "Sees routes, pools, maps, figures and connections; changes nothing.",
            Role.Operator => "Edits routes, pools and maps, closes and drains connections: all of them, or those of a scope.",
            Role.Administrator =>
                "Everything: also people, settings, the audit, and the messages of a connection. A scope does not limit it.",
            _ => "",
        };

    /// <summary>What the person may change, in words.</summary>
    public static string Scope(Account account) =>
        account.Role switch
        {
            Role.Viewer => "nothing",
            _ when account.Grant.Reach.IsEverything => "everything",
            _ => account.Grant.Reach.ToString(),
        };
}
