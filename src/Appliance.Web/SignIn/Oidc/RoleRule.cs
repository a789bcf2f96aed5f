using System.Text.RegularExpressions;
using Appliance.Data.Rights;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>One rule: who has this value in that claim gets this role.</summary>
/// <param name="Position">Counted from 1, in the order of the setting.</param>
/// <param name="Text">As it was written.</param>
/// <param name="Claim">Where to look.</param>
/// <param name="Value">What must be there; one <c>*</c> at the beginning or the end stands for anything.</param>
/// <param name="Role">What it grants.</param>
/// <param name="Scope">What an operator may change.</param>
public sealed partial record RoleRule(int Position, string Text, ClaimPath Claim, string Value, Role Role, AccessScope Scope)
{
    private const string Email = "email";

    // The value is greedy: an LDAP name (cn=admins,dc=example) has "=" in it, a role has none.
    [GeneratedRegex(
        """^\s*(?:"(?<literal>[^"]+)"|(?<claim>[^":\s][^":]*))\s*:\s*(?<value>.+?)\s*=\s*(?<role>[A-Za-z]+)\s*(?:\((?<scope>[^()]*)\)\s*)?$""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Form { get; }

    /// <summary>Reads one rule. <paramref name="fault"/> says what is wrong with it, as the end of a sentence.</summary>
    public static RoleRule? Parse(int position, string text, out string? fault)
    {
        var match = Form.Match(text);
        fault = "is not CLAIM:VALUE=ROLE, like groups:admins=Administrator or groups:team-a=Operator(host:*.a.example.com)";
        if (!match.Success)
            return null;
        var value = match.Groups["value"].Value;
        fault = "has a * that is not the first or the last character of its value; one * at one end stands for anything";
        if (
            value.Count(letter => letter == '*') is > 1
            || (value.Contains('*', StringComparison.Ordinal) && !value.StartsWith('*') && !value.EndsWith('*'))
        )
            return null;
        fault = $"grants \"{match.Groups["role"].Value}\"; a role is Viewer, Operator or Administrator";
        if (!Enum.TryParse<Role>(match.Groups["role"].Value, ignoreCase: true, out var role) || !Enum.IsDefined(role))
            return null;
        var scope = AccessScope.Everything;
        if (match.Groups["scope"].Success)
        {
            fault = $"limits the role {role}; only an Operator has a scope";
            if (role != Role.Operator)
                return null;
            if (!AccessScope.TryParse(match.Groups["scope"].Value, out scope, out var scopeFault))
            {
                fault = $"has a scope that cannot be used: {scopeFault?.TrimEnd('.')}";
                return null;
            }

            // An empty pair of brackets would be no limit at all, which nobody means who writes them.
            fault = "has an empty scope; leave the brackets out, or name a host or a tag in them";
            if (scope!.IsEverything)
                return null;
        }

        fault = null;
        var literal = match.Groups["literal"];
        return new(
            position,
            text.Trim(),
            literal.Success ? new(literal.Value, true) : new(match.Groups["claim"].Value.Trim(), false),
            value,
            role,
            scope!
        );
    }

    /// <summary>True when a value of the claim fits. Case counts, but not in e-mail addresses.</summary>
    public bool Fits(string value)
    {
        var comparison = Claim.Name == Email ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return Value == "*" ? value.Length > 0
            : Value.StartsWith('*') ? value.Length >= Value.Length && value.EndsWith(Value[1..], comparison)
            : Value.EndsWith('*') ? value.Length >= Value.Length && value.StartsWith(Value[..^1], comparison)
            : value.Equals(Value, comparison);
    }

    /// <summary>True when the rule trusts an e-mail address, which is worth nothing unless the provider has checked it.</summary>
    public bool TrustsEmail => Claim.Name == Email;
}
