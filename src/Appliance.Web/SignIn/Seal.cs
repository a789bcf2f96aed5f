using System.Security.Cryptography;

namespace Appliance.Web.SignIn;

/// <summary>AES-256-GCM with a key of this product: what is sealed is a random nonce, the tag, and the text that nobody else reads or changes.</summary>
internal static class Seal
{
    private static readonly int NonceLength = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagLength = AesGcm.TagByteSizes.MaxSize;

    /// <summary>Seals bytes.</summary>
    public static byte[] Close(byte[] key, ReadOnlySpan<byte> plain)
    {
        var nonce = RandomNumberGenerator.GetBytes(NonceLength);
        var cipher = new byte[plain.Length];
        var tag = new byte[TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plain, cipher, tag);
        return [.. nonce, .. tag, .. cipher];
    }

    /// <summary>What <see cref="Close"/> sealed. Throws <see cref="CryptographicException"/> for another key, and for anything that is not a whole seal.</summary>
    public static byte[] Open(byte[] key, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < NonceLength + TagLength)
            throw new CryptographicException("This is too short for a seal.");
        var cipher = sealedBytes[(NonceLength + TagLength)..];
        var plain = new byte[cipher.Length];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(sealedBytes[..NonceLength], cipher, sealedBytes.Slice(NonceLength, TagLength), plain);
        return plain;
    }
}
