using System.Collections.Immutable;

namespace Appliance.Web.Certificates.Acme;

/// <summary>How an order ended.</summary>
/// <param name="Log">What lego said, without secrets.</param>
public abstract record AcmeOutcome(ImmutableArray<string> Log)
{
    /// <summary>There is a certificate.</summary>
    /// <param name="Chain">It and its chain, PEM.</param>
    /// <param name="Key">Its key, PEM. Secret.</param>
    public sealed record Issued(string Chain, string Key, ImmutableArray<string> Log) : AcmeOutcome(Log);

    /// <summary>There is none.</summary>
    /// <param name="Failure">Why.</param>
    public sealed record Failed(AcmeFailure Failure, ImmutableArray<string> Log) : AcmeOutcome(Log);
}
