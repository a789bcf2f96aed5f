using System.Security.Cryptography;
using System.Text;
using Appliance.Data.Sealing;

namespace Appliance.Data.Certificates;

/// <summary>Seals the secrets of certificates with the master key, each bound to its row and column.</summary>
internal sealed class CertificateSeals(byte[] masterKey)
{
    public byte[] Key(Guid row, ReadOnlySpan<byte> plain) => Seal.Close(masterKey, plain, Place("certificate-key", row));

    // "? key : null" would make an empty memory of the null.
    public ReadOnlyMemory<byte>? OpenKey(Guid row, byte[]? sealedKey) =>
        Open(sealedKey, "certificate-key", row) is { } key ? key : default(ReadOnlyMemory<byte>?);

    public byte[] Acme(Guid row, AcmeSecrets secrets) => Seal.Close(masterKey, secrets.ToBytes(), Place("certificate-acme", row));

    public byte[]? OpenAcme(CertificateRow row) => Open(row.SealedAcme, "certificate-acme", row.Id);

    public byte[] Account(Guid row, ReadOnlySpan<byte> plain) => Seal.Close(masterKey, plain, Place("acme-account", row));

    public byte[]? OpenAccount(AcmeAccountRow row) => Open(row.SealedFiles, "acme-account", row.Id);

    public byte[] Issued(Guid row, ReadOnlySpan<byte> plain) => Seal.Close(masterKey, plain, Place("certificate-issued", row));

    public byte[]? OpenIssued(Guid row, byte[] sealedBytes) => Open(sealedBytes, "certificate-issued", row);

    private byte[]? Open(byte[]? sealedBytes, string column, Guid row)
    {
        try
        {
            return sealedBytes is null ? null : Seal.Open(masterKey, sealedBytes, Place(column, row));
        }
        catch (CryptographicException)
        {
            // Sealed with another master key, or moved: the caller says what to do about it.
            return null;
        }
    }

    private static byte[] Place(string column, Guid row) => Encoding.UTF8.GetBytes($"{column}:{row:N}");
}
