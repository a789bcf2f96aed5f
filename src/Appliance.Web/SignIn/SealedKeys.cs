using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace Appliance.Web.SignIn;

/// <summary>The master key in memory, for those who seal with it.</summary>
internal sealed record MasterKeyBytes(byte[] Key);

/// <summary>Seals the keys of the session cookies with the master key (AES-256-GCM): a copy of the data folder without that key opens no session.</summary>
internal sealed class SealedKeys(MasterKeyBytes master) : IXmlEncryptor
{
    public const string Element = "sealed";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var nonce = RandomNumberGenerator.GetBytes(AesGcm.NonceByteSizes.MaxSize);
        var cipher = new byte[plain.Length];
        var tag = new byte[AesGcm.TagByteSizes.MaxSize];
        using var aes = new AesGcm(master.Key, tag.Length);
        aes.Encrypt(nonce, plain, cipher, tag);
        return new(new XElement(Element, Convert.ToBase64String([.. nonce, .. tag, .. cipher])), typeof(UnsealedKeys));
    }
}

/// <summary>Opens what <see cref="SealedKeys"/> sealed. Throws <see cref="CryptographicException"/> for another master key.</summary>
internal sealed class UnsealedKeys(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        var bytes = Convert.FromBase64String(encryptedElement.Value).AsSpan();
        var (nonceLength, tagLength) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        var cipher = bytes[(nonceLength + tagLength)..];
        var plain = new byte[cipher.Length];
        using var aes = new AesGcm(services.GetRequiredService<MasterKeyBytes>().Key, tagLength);
        aes.Decrypt(bytes[..nonceLength], cipher, bytes.Slice(nonceLength, tagLength), plain);
        return XElement.Parse(Encoding.UTF8.GetString(plain));
    }
}
