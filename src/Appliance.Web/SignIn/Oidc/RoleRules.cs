using System.Collections.Immutable;
using System.Text.Json;
using Appliance.Data.Rights;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// Who gets which role, from what a provider says about them: the first rule that fits counts, and nobody gets in whom none fits.
/// </summary>
public sealed record RoleRules(ImmutableArray<RoleRule> Rules)
{
    /// <summary>Reads the setting: rules with <c>;</c> between them. Every bad one is a problem, named with its position.</summary>
    public static RoleRules Parse(string text, Action<string> problem)
    {
        var rules = ImmutableArray.CreateBuilder<RoleRule>();
        var position = 0;
        foreach (var part in text.Split([';', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (RoleRule.Parse(++position, part, out var fault) is { } rule)
                rules.Add(rule);
            else
                problem($"rule {position}, \"{part}\", {fault}.");
        }

        return new(rules.ToImmutable());
    }

    /// <summary>True when a rule looks at a claim that is not among these: then it is worth asking the provider for more.</summary>
    public bool Misses(JsonElement claims) => Rules.Any(rule => !rule.Claim.IsIn(claims));

    /// <summary>Decides, and says how each rule looked.</summary>
    public RoleVerdict Decide(JsonElement claims)
    {
        var looks = ImmutableArray.CreateBuilder<RuleLook>();
        RoleRule? first = null;
        foreach (var rule in Rules)
        {
            var values = rule.Claim.ValuesIn(claims);
            var fitting = values.FirstOrDefault(rule.Fits);

            // The provider says itself that anybody could have typed that address.
            var unproven = fitting is not null && rule.TrustsEmail && SaysUnverified(claims);
            looks.Add(new(rule, [.. values], unproven ? null : fitting, unproven));
            if (fitting is not null && !unproven)
                first ??= rule;
        }

        return new(first, looks.ToImmutable());
    }

    private static bool SaysUnverified(JsonElement claims) =>
        claims.TryGetProperty("email_verified", out var verified)
        && !(verified.ValueKind == JsonValueKind.True || (verified.ValueKind == JsonValueKind.String && verified.GetString() == "true"));
}

/// <summary>The role that the rules give somebody, and how each rule decided.</summary>
/// <param name="Rule">The first that fits; null: no role, no sign-in.</param>
/// <param name="Looks">Every rule, with what it found.</param>
public sealed record RoleVerdict(RoleRule? Rule, ImmutableArray<RuleLook> Looks)
{
    /// <summary>The role, or null for nobody.</summary>
    public Role? Role => Rule?.Role;
}

/// <summary>The decision of one rule, and the values of the claim that it looked at.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Values">What its claim held; empty when the claim is missing.</param>
/// <param name="Fitting">The value that fits, or null.</param>
/// <param name="Unverified">A value would fit, but the provider says that the e-mail address is not verified.</param>
public sealed record RuleLook(RoleRule Rule, ImmutableArray<string> Values, string? Fitting, bool Unverified);
