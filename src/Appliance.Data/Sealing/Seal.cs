using System.Security.Cryptography;

namespace Appliance.Data.Sealing;

/// <summary>AES-256-GCM with a key of this product: what is sealed is a random nonce, the tag, and the text that nobody else reads or changes.</summary>
public static class Seal
{
    private static readonly int NonceLength = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagLength = AesGcm.TagByteSizes.MaxSize;

    /// <summary>Seals bytes. They open only with the same <paramref name="place"/>, as a row and its column: nobody can put a seal where another belongs.</summary>
    public static byte[] Close(byte[] key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> place = default)
    {
        var nonce = RandomNumberGenerator.GetBytes(NonceLength);
        var cipher = new byte[plain.Length];
        var tag = new byte[TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plain, cipher, tag, place);
        return [.. nonce, .. tag, .. cipher];
    }

    /// <summary>What <see cref="Close"/> sealed. Throws <see cref="CryptographicException"/> for another key, another place, and for anything that is not a whole seal.</summary>
    public static byte[] Open(byte[] key, ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> place = default)
    {
        if (sealedBytes.Length < NonceLength + TagLength)
            throw new CryptographicException("This is too short for a seal.");
        var cipher = sealedBytes[(NonceLength + TagLength)..];
        var plain = new byte[cipher.Length];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(sealedBytes[..NonceLength], cipher, sealedBytes.Slice(NonceLength, TagLength), plain, place);
        return plain;
    }
}
