using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Appliance.Data.Sealing;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace Appliance.Web.SignIn;

/// <summary>The master key in memory, for those who seal with it.</summary>
internal sealed record MasterKeyBytes(byte[] Key);

/// <summary>
/// Seals the keys of the session cookies with the master key: a copy of the data folder without that key opens no session.
/// </summary>
internal sealed class SealedKeys(MasterKeyBytes master) : IXmlEncryptor
{
    public const string Element = "sealed";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        return new(new XElement(Element, Convert.ToBase64String(Seal.Close(master.Key, plain))), typeof(UnsealedKeys));
    }
}

/// <summary>Opens what <see cref="SealedKeys"/> sealed. Throws <see cref="CryptographicException"/> for another master key.</summary>
internal sealed class UnsealedKeys(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement) =>
        XElement.Parse(
            Encoding.UTF8.GetString(
                Seal.Open(services.GetRequiredService<MasterKeyBytes>().Key, Convert.FromBase64String(encryptedElement.Value))
            )
        );
}
