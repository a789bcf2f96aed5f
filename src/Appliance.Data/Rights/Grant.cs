namespace Appliance.Data.Rights;

/// <summary>The rights of an actor: a role, and the scope in which it counts.</summary>
/// <param name="Role">Null: nothing at all.</param>
/// <param name="Scope">Which routes, pools and maps an operator may change. Administrators have no limit, whatever it says.</param>
/// <param name="Only">What the token of the actor is for. The role is a limit beside it. Null: the actor uses no token.</param>
public sealed record Grant(Role? Role, AccessScope Scope, TokenScopes? Only = null)
{
    /// <summary>Nothing: of somebody whose session has ended.</summary>
    public static Grant Nothing { get; } = new(null, AccessScope.Everything);

    /// <summary>All rights, for people and programs that can read the data folder of the machine.</summary>
    public static Grant All { get; } = new(Rights.Role.Administrator, AccessScope.Everything);

    /// <summary>What the changes of this person are held to. What a token is for does not widen or narrow it.</summary>
    public AccessScope Reach => Role >= Rights.Role.Administrator ? AccessScope.Everything : Scope;

    /// <summary>True when the role is this one or a higher one, and a token is for deeds of that role.</summary>
    public bool Includes(Role needed) => Includes(needed, ScopeOf(needed));

    /// <summary>The same for a deed that takes a certain scope of a token.</summary>
    public bool Includes(Role needed, TokenScopes takes) => Role >= needed && IsFor(takes);

    /// <summary>As the audit and the pages say it: <c>Operator</c>, <c>Operator of host:*.a.example.com</c>.</summary>
    public string Words() =>
        Role is not { } role ? "nothing"
        : Reach.IsEverything ? role.ToString()
        : $"{role} of {Reach}";

    /// <summary>Why something that takes <paramref name="needed"/> is refused, as a sentence, or null when it is not.</summary>
    public string? Refusal(Role needed, string deed) => Refusal(needed, deed, ScopeOf(needed));

    /// <summary>The same for a deed that takes a certain scope of a token.</summary>
    public string? Refusal(Role needed, string deed, TokenScopes takes) =>
        Includes(needed, takes) ? null
        : Role is not { } has
            ? Only is null ? $"{deed} is not possible: your session has ended. Sign in again."
                : $"{deed} is not possible: the token is revoked or has expired, or its owner may not use it any more."
        : has < needed ? $"{deed} takes the role {needed}; yours is {has}."
        : $"{deed} takes a token with the scope {TokenScopeWords.WordOf(takes)}; yours has {TokenScopeWords.Of(Only ?? TokenScopes.None)}.";

    private static TokenScopes ScopeOf(Role needed) =>
        needed switch
        {
            Rights.Role.Viewer => TokenScopes.Read,
            Rights.Role.Operator => TokenScopes.Write,
            _ => TokenScopes.Admin,
        };

    // Every token can read: a program that changes something has to see it.
    private bool IsFor(TokenScopes takes) =>
        Only is not { } only || (takes is TokenScopes.Read ? only != TokenScopes.None : (only & (takes | TokenScopes.Admin)) != 0);
}
