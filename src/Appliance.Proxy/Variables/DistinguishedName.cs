using System.Collections.Frozen;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Appliance.Proxy.Variables;

/// <summary>
/// A name of a certificate as text (RFC 2253), letter by letter as OpenSSL and so nginx write it: the last part first, <c>emailAddress</c>
/// and not <c>E</c>, bytes above 0x7F as <c>\C3</c>. Back ends compare such names as text.
/// </summary>
internal static class DistinguishedName
{
    // OpenSSL's short names of what stands in certificates (objects.txt). What is not here is written by number with its bytes, as there.
    private static readonly FrozenDictionary<string, string> _names = new Dictionary<string, string>
    {
        ["2.5.4.3"] = "CN",
        ["2.5.4.4"] = "SN",
        ["2.5.4.5"] = "serialNumber",
        ["2.5.4.6"] = "C",
        ["2.5.4.7"] = "L",
        ["2.5.4.8"] = "ST",
        ["2.5.4.9"] = "street",
        ["2.5.4.10"] = "O",
        ["2.5.4.11"] = "OU",
        ["2.5.4.12"] = "title",
        ["2.5.4.13"] = "description",
        ["2.5.4.15"] = "businessCategory",
        ["2.5.4.16"] = "postalAddress",
        ["2.5.4.17"] = "postalCode",
        ["2.5.4.20"] = "telephoneNumber",
        ["2.5.4.41"] = "name",
        ["2.5.4.42"] = "GN",
        ["2.5.4.43"] = "initials",
        ["2.5.4.44"] = "generationQualifier",
        ["2.5.4.45"] = "x500UniqueIdentifier",
        ["2.5.4.46"] = "dnQualifier",
        ["2.5.4.65"] = "pseudonym",
        ["2.5.4.97"] = "organizationIdentifier",
        ["1.2.840.113549.1.9.1"] = "emailAddress",
        ["1.2.840.113549.1.9.2"] = "unstructuredName",
        ["1.2.840.113549.1.9.8"] = "unstructuredAddress",
        ["0.9.2342.19200300.100.1.1"] = "UID",
        ["0.9.2342.19200300.100.1.3"] = "mail",
        ["0.9.2342.19200300.100.1.25"] = "DC",
        ["1.3.6.1.4.1.311.60.2.1.1"] = "jurisdictionL",
        ["1.3.6.1.4.1.311.60.2.1.2"] = "jurisdictionST",
        ["1.3.6.1.4.1.311.60.2.1.3"] = "jurisdictionC",
    }.ToFrozenDictionary();

    /// <summary>The name as text; empty when it is one that cannot be read.</summary>
    public static string Of(X500DistinguishedName name)
    {
        try
        {
            var parts = new List<string>();
            var sequence = new AsnReader(name.RawData, AsnEncodingRules.BER).ReadSequence();
            while (sequence.HasData)
                parts.Add(Part(sequence.ReadSetOf(skipSortOrderValidation: true)));
            parts.Reverse();
            return string.Join(',', parts);
        }
        catch (AsnContentException)
        {
            return "";
        }
    }

    private static string Part(AsnReader set)
    {
        var pairs = new List<string>();
        while (set.HasData)
        {
            var pair = set.ReadSequence();
            var type = pair.ReadObjectIdentifier();
            var value = pair.ReadEncodedValue();
            pairs.Add(
                _names.TryGetValue(type, out var known) && Text(value) is { } text
                    ? $"{known}={Escaped(text)}"
                    : $"{known ?? type}=#{Convert.ToHexString(value.Span)}"
            );
        }

        pairs.Reverse();
        return string.Join('+', pairs);
    }

    // Null for what is no text.
    private static string? Text(ReadOnlyMemory<byte> value)
    {
        var tag = Asn1Tag.Decode(value.Span, out _);
        if (tag.TagClass != TagClass.Universal)
            return null;
        var reader = new AsnReader(value, AsnEncodingRules.BER);
        switch ((UniversalTagNumber)tag.TagValue)
        {
            case UniversalTagNumber.UTF8String
            or UniversalTagNumber.PrintableString
            or UniversalTagNumber.IA5String
            or UniversalTagNumber.BMPString
            or UniversalTagNumber.NumericString
            or UniversalTagNumber.VisibleString:
                return reader.ReadCharacterString((UniversalTagNumber)tag.TagValue);
            case UniversalTagNumber.T61String or UniversalTagNumber.UniversalString:
                var encoding =
                    tag.TagValue == (int)UniversalTagNumber.T61String
                        ? Encoding.Latin1
                        : new UTF32Encoding(bigEndian: true, byteOrderMark: false);
                return AsnDecoder.TryReadPrimitiveOctetString(
                    value.Span,
                    AsnEncodingRules.BER,
                    out var content,
                    out _,
                    new(tag.TagClass, tag.TagValue)
                )
                    ? encoding.GetString(content)
                    : null;
            default:
                return null;
        }
    }

    private static string Escaped(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var written = new StringBuilder(bytes.Length + 8);
        for (var at = 0; at < bytes.Length; at++)
        {
            var one = (char)bytes[at];
            if (one is < ' ' or >= '\u007f')
                written.Append('\\').Append(bytes[at].ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            else if (
                one is ',' or '+' or '"' or '\\' or '<' or '>' or ';'
                || (one == ' ' && (at == 0 || at == bytes.Length - 1))
                || (one == '#' && at == 0)
            )
                written.Append('\\').Append(one);
            else
                written.Append(one);
        }

        return written.ToString();
    }
}
