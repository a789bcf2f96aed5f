using System.Collections.Immutable;

namespace Appliance.Web.Certificates.Acme;

/// <summary>The result of one run of an order.</summary>
/// <param name="Log">What lego said, without secrets.</param>
public abstract record AcmeOutcome(ImmutableArray<string> Log)
{
    /// <summary>The authority issued a certificate.</summary>
    /// <param name="Chain">The certificate and its chain, PEM.</param>
    /// <param name="Key">Its private key, PEM. Secret.</param>
    public sealed record Issued(string Chain, string Key, ImmutableArray<string> Log) : AcmeOutcome(Log);

    /// <summary>No certificate was issued.</summary>
    /// <param name="Failure">Why, and what to do.</param>
    public sealed record Failed(AcmeFailure Failure, ImmutableArray<string> Log) : AcmeOutcome(Log);
}
