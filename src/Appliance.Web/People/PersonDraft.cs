using System.Text.Json.Serialization;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.Forms;
using Appliance.Web.SignIn;

namespace Appliance.Web.People;

/// <summary>The fields of the form for a person, as text.</summary>
public sealed class PersonDraft
{
    /// <summary>The user name; only for a new one.</summary>
    public string Name { get; set; } = "";

    /// <summary>The first password; empty: one is generated. A draft is kept without it.</summary>
    [JsonIgnore]
    public string Password { get; set; } = "";

    /// <summary>The name of a <see cref="Data.Rights.Role"/>. Default Viewer.</summary>
    public string Role { get; set; } = nameof(Data.Rights.Role.Viewer);

    /// <summary>As <see cref="AccessScope"/> is written; counts for operators only.</summary>
    public string Scope { get; set; } = "";

    /// <summary>The role that is chosen.</summary>
    public Role? RoleOrNull => Enum.TryParse<Role>(Role, out var role) ? role : null;

    /// <summary>Role and scope, or null with what is wrong.</summary>
    public (Role Role, AccessScope Scope)? ReadRights(List<FieldProblem> problems)
    {
        if (RoleOrNull is not { } role)
        {
            problems.Add(new("role", "Choose a role."));
            return null;
        }

        if (role != Data.Rights.Role.Operator)
            return (role, AccessScope.Everything);
        if (AccessScope.TryParse(Scope, out var scope, out var fault))
            return (role, scope);
        problems.Add(new("scope", fault));
        return null;
    }

    /// <summary>What is wrong with name and password of a new person.</summary>
    public void Check(List<FieldProblem> problems)
    {
        if (PersonNames.Fault(Name) is { } wrong)
            problems.Add(new("name", wrong));
        if (Password.Length > 0 && Passwords.Fault(Password, Name) is { } fault)
            problems.Add(new("password", fault));
    }
}
