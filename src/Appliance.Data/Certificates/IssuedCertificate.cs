using System.Security.Cryptography;
using System.Text.Json;
using Appliance.Proxy.Certificates;

namespace Appliance.Data.Certificates;

/// <summary>What an authority issued, with all that is needed to store it later, by another process too.</summary>
/// <param name="Order">The certificate it was ordered for, as it was when it was ordered.</param>
/// <param name="Material">It, its chain and its key.</param>
/// <param name="Account">What is to be kept of the account at the authority; null: that is kept already. Secret.</param>
public sealed record IssuedCertificate(CertificateRow Order, CertificateMaterial Material, byte[]? Account)
{
    /// <summary>Nothing but its name: key and account must not get into a log.</summary>
    public override string ToString() => Order.Name;

    internal byte[] ToBytes() =>
        JsonSerializer.SerializeToUtf8Bytes(
            new Written(Order.Name, Order.Names, Order.AcmeJson, Order.SealedAcme, Order.Pem, Material.Chain, Material.Key, Account)
        );

    // Null for what another version wrote.
    internal static IssuedCertificate? Of(Guid id, byte[] bytes)
    {
        try
        {
            return
                JsonSerializer.Deserialize<Written>(bytes) is { } written
                && CertificateParser.FromPem(written.Chain + new string(PemEncoding.Write("PRIVATE KEY", written.Key)))
                    is CertificateReading.Read read
                ? new(RowOf(id, written), CertificateMaterial.Of(read), written.Account)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static CertificateRow RowOf(Guid id, Written written) =>
        new()
        {
            Id = id,
            Name = written.Name,
            NormalizedName = written.Name.ToUpperInvariant(),
            Kind = CertificateKind.Acme,
            CreatedBy = "",
            Names = written.Names,
            AcmeJson = written.AcmeJson,
            SealedAcme = written.SealedAcme,
            Pem = written.Before,
        };

    private sealed record Written(
        string Name,
        List<string> Names,
        string? AcmeJson,
        byte[]? SealedAcme,
        string? Before,
        string Chain,
        byte[] Key,
        byte[]? Account
    );
}
