using System.Security.Cryptography;

namespace Appliance.Data.Sealing;

/// <summary>
/// AES-256-GCM with a key of this product: what is sealed is a random nonce, the tag, and the text that nobody else reads or changes.
/// </summary>
public static class Seal
{
    private static readonly int _nonceLength = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int _tagLength = AesGcm.TagByteSizes.MaxSize;

    /// <summary>
    /// Seals bytes. They open only with the same <paramref name="place"/>, as a row and its column: nobody can put a seal where another
    /// belongs.
    /// </summary>
    public static byte[] Close(byte[] key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> place = default)
    {
        var nonce = RandomNumberGenerator.GetBytes(_nonceLength);
        var cipher = new byte[plain.Length];
        var tag = new byte[_tagLength];
        using var aes = new AesGcm(key, _tagLength);
        aes.Encrypt(nonce, plain, cipher, tag, place);
        return [.. nonce, .. tag, .. cipher];
    }

    /// <summary>
    /// What <see cref="Close"/> sealed. Throws <see cref="CryptographicException"/> for another key, another place, and for anything that
    /// is not a whole seal.
    /// </summary>
    public static byte[] Open(byte[] key, ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> place = default)
    {
        if (sealedBytes.Length < _nonceLength + _tagLength)
            throw new CryptographicException("This is too short for a seal.");
        var cipher = sealedBytes[(_nonceLength + _tagLength)..];
        var plain = new byte[cipher.Length];
        using var aes = new AesGcm(key, _tagLength);
        aes.Decrypt(sealedBytes[.._nonceLength], cipher, sealedBytes.Slice(_nonceLength, _tagLength), plain, place);
        return plain;
    }
}
