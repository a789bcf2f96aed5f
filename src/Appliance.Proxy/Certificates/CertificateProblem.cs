namespace Appliance.Proxy.Certificates;

/// <summary>A certificate that cannot be served, or not as it stands.</summary>
/// <param name="File">The file's name without the folder; empty when it is the folder itself, and for one that the product holds.</param>
/// <param name="Sentence">What is wrong, for an operator.</param>
public sealed record CertificateProblem(string File, string Sentence)
{
    /// <summary>The certificate that the product holds; null for the folder's.</summary>
    public Guid? Held { get; init; }
}
