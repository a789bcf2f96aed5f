namespace Appliance.Data.Rights;

/// <summary>The rights of an actor: a role, and the scope in which it counts.</summary>
/// <param name="Role">Null: nothing at all.</param>
/// <param name="Scope">Which routes, pools and maps an operator may change. Administrators have no limit, whatever it says.</param>
public sealed record Grant(Role? Role, AccessScope Scope)
{
    /// <summary>Nothing: of somebody whose session has ended.</summary>
    public static Grant Nothing { get; } = new(null, AccessScope.Everything);

    /// <summary>All rights, for people and programs that can read the data folder of the machine.</summary>
    public static Grant All { get; } = new(Rights.Role.Administrator, AccessScope.Everything);

    /// <summary>What the changes of this person are held to.</summary>
    public AccessScope Reach => Includes(Rights.Role.Administrator) ? AccessScope.Everything : Scope;

    /// <summary>True when the role is this one or a higher one.</summary>
    public bool Includes(Role needed) => Role >= needed;

    /// <summary>As the audit and the pages say it: <c>Operator</c>, <c>Operator of host:*.a.example.com</c>.</summary>
    public string Words() =>
        Role is not { } role ? "nothing"
        : Reach.IsEverything ? role.ToString()
        : $"{role} of {Reach}";

    /// <summary>Why something that takes <paramref name="needed"/> is refused, as a sentence, or null when it is not.</summary>
    public string? Refusal(Role needed, string deed) =>
        Includes(needed) ? null
        : Role is { } has ? $"{deed} takes the role {needed}; yours is {has}."
        : $"{deed} is not possible: your session has ended. Sign in again.";
}
