using Appliance.Data.Rights;

namespace Appliance.Data.Certificates;

/// <summary>Who may change which certificate. Everybody may see them, and nobody their keys.</summary>
public static class CertificateRights
{
    /// <summary>Why somebody may not add, replace or delete a certificate for these names, a sentence; null: they may.</summary>
    public static string? Refusal(Grant grant, IReadOnlyCollection<string> names)
    {
        if (grant.Refusal(Role.Operator, "Changing certificates") is { } role)
            return role;
        if (grant.Reach.IsEverything)
            return null;
        if (names.Count == 0)
            return $"A certificate without names is outside of your scope, which is {grant.Reach}; ask an administrator.";
        return names.FirstOrDefault(name => !grant.Reach.CoversHost(name)) is { } outside
            ? $"The name {outside} is outside of your scope, which is {grant.Reach}; ask an administrator."
            : null;
    }

    /// <summary>As <see cref="Refusal"/>, for an order.</summary>
    public static string? OrderRefusal(Grant grant, IReadOnlyCollection<string> names, AcmeOrder order) =>
        Refusal(grant, names)
        ?? (
            order.TakesAdministrator
                ? grant.Refusal(Role.Administrator, "Ordering with the keys to a DNS zone, or from an authority of your own,")
                : null
        );

    /// <summary>Why somebody may not choose the default; null: they may.</summary>
    public static string? DefaultRefusal(Grant grant) => grant.Refusal(Role.Administrator, "Choosing the default certificate");
}
