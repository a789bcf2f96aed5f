using System.Globalization;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.Forms;

namespace Appliance.Web.People;

/// <summary>The fields of the form for an API token.</summary>
public sealed class TokenDraft
{
    /// <summary>What it is called.</summary>
    public string Name { get; set; } = "";

    /// <summary>It may change the config.</summary>
    public bool Write { get; set; }

    /// <summary>It may close and drain.</summary>
    public bool Connections { get; set; }

    /// <summary>It may do everything.</summary>
    public bool Admin { get; set; }

    /// <summary>After how many days it expires; empty: never. Default 90.</summary>
    public string Days { get; set; } = "90";

    /// <summary>What it is for; every token can read.</summary>
    public TokenScopes Scopes =>
        TokenScopes.Read | (Write ? TokenScopes.Write : 0) | (Connections ? TokenScopes.Connections : 0) | (Admin ? TokenScopes.Admin : 0);

    /// <summary>How long it holds; null: until it is revoked.</summary>
    public TimeSpan? Life =>
        int.TryParse(Days, NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? TimeSpan.FromDays(days) : null;

    /// <summary>Says what is wrong with it.</summary>
    public void Check(List<FieldProblem> problems)
    {
        if (ApiTokenStore.NameFault(Name) is { } wrong)
            problems.Add(new("name", wrong));
    }
}
