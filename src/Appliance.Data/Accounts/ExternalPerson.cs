using Appliance.Data.Rights;

namespace Appliance.Data.Accounts;

/// <summary>Somebody whom an identity provider vouches for, with what the rules grant them.</summary>
/// <param name="Provider">The issuer; with <paramref name="Subject"/> the identity, which survives a change of name.</param>
/// <param name="Subject">The provider's key of the person (OpenID Connect Core 1.0, <c>sub</c>).</param>
/// <param name="ProviderName">What the settings call the provider.</param>
/// <param name="Name">What people call them there, as the provider wrote it; null: as before.</param>
/// <param name="Role">From the rules, again at every sign-in.</param>
/// <param name="Scope">From the rules, again at every sign-in.</param>
public sealed record ExternalPerson(string Provider, string Subject, string ProviderName, string? Name, Role Role, AccessScope Scope);
