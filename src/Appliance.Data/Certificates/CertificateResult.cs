namespace Appliance.Data.Certificates;

/// <summary>The result of changing a certificate that the product holds.</summary>
public abstract record CertificateResult
{
    private CertificateResult() { }

    /// <summary>Done; the certificate as it is now, or as it was when it was deleted.</summary>
    public sealed record Done(CertificateRow Row) : CertificateResult;

    /// <summary>The person may not; a sentence that says why.</summary>
    public sealed record NotAllowed(string Reason) : CertificateResult;

    /// <summary>The name cannot be used; a sentence that says why.</summary>
    public sealed record NameTaken(string Reason) : CertificateResult;

    /// <summary>Impossible; a sentence that says why and what to do.</summary>
    public sealed record Refused(string Reason) : CertificateResult;

    /// <summary>Nothing was changed: somebody else changed the certificate since it was shown.</summary>
    public sealed record Stale(CertificateRow Row) : CertificateResult;

    /// <summary>Nothing was changed: the certificate does not exist any more.</summary>
    public sealed record Gone : CertificateResult;
}
