using System.Formats.Asn1;
using System.Numerics;

namespace Appliance.Proxy.Certificates;

/// <summary>
/// How much work an encrypted key (EncryptedPrivateKeyInfo, RFC 5958) wants before its password is known to be right or wrong. The file
/// says so itself.
/// </summary>
internal static class KeyCost
{
    /// <summary>
    /// Most iterations that are worked through: seconds of one processor. What tools write is 2,048 to some hundred thousand.
    /// </summary>
    public const int Most = 10_000_000;
    private const string Pbes2 = "1.2.840.113549.1.5.13";

    /// <summary>
    /// The iterations that the key's parameters ask for, at most one more than <see cref="Most"/>. 0 when the framework could not open such
    /// a key.
    /// </summary>
    public static int Iterations(ReadOnlySpan<char> base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64Chars(base64, bytes, out var length) ? Iterations(bytes.AsMemory(0, length)) : 0;
    }

    private static int Iterations(ReadOnlyMemory<byte> info)
    {
        try
        {
            var algorithm = new AsnReader(info, AsnEncodingRules.BER).ReadSequence().ReadSequence();
            var parameters = algorithm.ReadObjectIdentifier() == Pbes2 ? Derivation(algorithm.ReadSequence()) : algorithm.ReadSequence();

            // PBKDF2 and the older ways (RFC 8018, A.2 and A.3; RFC 7292, C) alike: a salt, then the count.
            parameters.ReadEncodedValue();
            var count = parameters.ReadInteger();
            return (int)BigInteger.Min(BigInteger.Max(count, 0), Most + 1);
        }
        catch (AsnContentException)
        {
            // The code that opens it says what is wrong.
            return 0;
        }
    }

    private static AsnReader Derivation(AsnReader pbes2)
    {
        var derivation = pbes2.ReadSequence();
        derivation.ReadObjectIdentifier();
        return derivation.ReadSequence();
    }
}
