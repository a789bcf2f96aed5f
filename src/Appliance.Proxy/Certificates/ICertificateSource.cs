namespace Appliance.Proxy.Certificates;

/// <summary>
/// Where the proxy reads the certificates that the product keeps itself, beside those in a folder. Filled by the data project.
/// </summary>
public interface ICertificateSource
{
    /// <summary>
    /// Every certificate that is held and has been issued, the oldest first, also those whose key cannot be had. Throws what the store
    /// throws when it is away; the caller keeps what it serves.
    /// </summary>
    ValueTask<IReadOnlyList<HeldCertificate>> ReadHeldAsync(CancellationToken cancellationToken);

    /// <summary>Completes when something may have changed since the last call, or after <paramref name="atMost"/>.</summary>
    Task WaitForChangeAsync(TimeSpan atMost, CancellationToken cancellationToken);
}

/// <summary>One certificate that the product holds.</summary>
/// <param name="Id">Who it is; a renewal keeps it.</param>
/// <param name="Name">The name people gave it; unique, whatever its case.</param>
/// <param name="Version">Another one whenever anything of it changed.</param>
/// <param name="Chain">PEM, the leaf first.</param>
/// <param name="Key">Its private key as PKCS#8, opened; null when it cannot be had, for the reason in <paramref name="Fault"/>.</param>
/// <param name="Fault">Why there is no key: a sentence that says what to do. Null when there is one.</param>
/// <param name="IsDefault">For clients that ask for no name, or for one that nothing has.</param>
public sealed record HeldCertificate(
    Guid Id,
    string Name,
    long Version,
    string Chain,
    ReadOnlyMemory<byte>? Key,
    string? Fault,
    bool IsDefault
);
