namespace Appliance.Proxy.Tls;

/// <summary>Something in the folder that cannot be served, or not as it stands.</summary>
/// <param name="File">The file's name without the folder; empty when it is the folder itself.</param>
/// <param name="Sentence">What is wrong, for an operator.</param>
public sealed record CertificateProblem(string File, string Sentence);
