using System.Collections.Immutable;
using Appliance.Data.Certificates;

namespace Appliance.Web.Certificates.Acme;

/// <summary>One certificate as it is asked for at an authority.</summary>
public sealed record LegoOrder
{
    /// <summary>Most names of one certificate: Let's Encrypt's limit, and everybody's habit.</summary>
    public const int MostNames = 100;

    /// <summary>Its names, lower case and in ASCII; the first is its subject.</summary>
    public required ImmutableArray<string> Names { get; init; }

    /// <summary>Which key is made for it. Default P-256.</summary>
    public KeyKind Key { get; init; }

    /// <summary>The address of the authority's directory.</summary>
    public required Uri Directory { get; init; }

    /// <summary>The authorities that its https address is trusted by, PEM. Null: those of this machine.</summary>
    public string? TrustedRoots { get; init; }

    /// <summary>Where the authority writes to.</summary>
    public required string Email { get; init; }

    /// <summary>What an account there is opened with; null: nothing.</summary>
    public AccountBinding? Binding { get; init; }

    /// <summary>
    /// Common name of the root whose chain is taken where the authority offers several. Null, or when it offers none of that root: the
    /// authority's own choice.
    /// </summary>
    public string? PreferredChain { get; init; }

    /// <summary>How it is shown that the names are ours.</summary>
    public required ChallengeWay Way { get; init; }

    /// <summary>What was stored, as lego is asked for it.</summary>
    internal static LegoOrder Of(IEnumerable<string> names, AcmeOrder order, AcmeSecrets secrets) =>
        new()
        {
            Names = [.. names],
            Key = KeyKinds.Of(order.KeyType),
            Directory = new(order.DirectoryUrl),
            TrustedRoots = order.TrustedRoots,
            Email = order.Email,
            PreferredChain = order.PreferredChain,
            Binding = secrets is { EabKeyId: { } kid, EabHmac: { } hmac } ? new(kid, hmac) : null,
            Way = order.DnsProvider is { } provider
                ? new ChallengeWay.Dns(
                    provider,
                    order.DnsSettings,
                    secrets.DnsVariables.ToImmutableSortedDictionary(StringComparer.Ordinal),
                    order.DnsResolvers,
                    order.SkipDnsCheck
                )
                : new ChallengeWay.Http(),
        };

    /// <summary>What must not be read by anybody.</summary>
    internal IEnumerable<string> Secrets => ((Way as ChallengeWay.Dns)?.Secrets.Values ?? []).Append(Binding?.Hmac).OfType<string>();
}

/// <summary>A key that the authority handed out beforehand (RFC 8555, 7.3.4).</summary>
/// <param name="Kid">Its identifier.</param>
/// <param name="Hmac">The key, base64url. Secret.</param>
public sealed record AccountBinding(string Kid, string Hmac);

/// <summary>The way in which an authority checks that a name is ours.</summary>
public abstract record ChallengeWay
{
    private ChallengeWay() { }

    /// <summary>HTTP-01: the authority asks this proxy on port 80 of every name.</summary>
    public sealed record Http : ChallengeWay;

    /// <summary>DNS-01: the authority looks for a TXT record that the provider's API puts into the zone.</summary>
    /// <param name="Provider">lego's code of the provider.</param>
    /// <param name="Settings">Its variables that everybody may read.</param>
    /// <param name="Secrets">Its variables that nobody may.</param>
    /// <param name="Resolvers">Name servers that are asked whether the record is there, as host:port. Empty: this machine's.</param>
    /// <param name="SkipCheck">True: the authority is asked immediately, without looking for the record first.</param>
    public sealed record Dns(
        string Provider,
        ImmutableSortedDictionary<string, string> Settings,
        ImmutableSortedDictionary<string, string> Secrets,
        ImmutableArray<string> Resolvers,
        bool SkipCheck
    ) : ChallengeWay;
}
