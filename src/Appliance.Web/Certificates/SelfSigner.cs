using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Data.Certificates;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Routing;
using Appliance.Web.Forms;

namespace Appliance.Web.Certificates;

/// <summary>Makes self-signed certificates, for tests and inner networks. Clients do not trust them until somebody tells them to.</summary>
internal static class SelfSigner
{
    /// <summary>Longest validity in days.</summary>
    public const int MostDays = 3650;

    /// <summary>Kinds of keys with their words.</summary>
    public static ImmutableArray<(string Value, string Text)> KeyKinds { get; } = [("ec256", "EC P-256"), ("rsa2048", "RSA 2048")];

    /// <summary>Makes a self-signed certificate with its key.</summary>
    public static CertificateMaterial Make(IReadOnlyList<string> names, int days, string keyKind, DateTimeOffset now)
    {
        var subject = new X500DistinguishedNameBuilder();
        // A CN has 64 characters at most; the names that count are the alternative ones.
        subject.AddCommonName(names[0].Length <= 64 ? names[0] : "Self-signed");
        using AsymmetricAlgorithm key = keyKind == "rsa2048" ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is RSA rsa
            ? new CertificateRequest(subject.Build(), rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject.Build(), (ECDsa)key, HashAlgorithmName.SHA256);
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternative.AddIpAddress(address);
            else
                alternative.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternative.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | (key is RSA ? X509KeyUsageFlags.KeyEncipherment : 0), true)
        );
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));

        // A minute back, for clients whose clock is behind.
        return CertificateMaterial.Of(new CertificateReading.Read(request.CreateSelfSigned(now.AddMinutes(-1), now.AddDays(days)), [], []));
    }

    /// <summary>
    /// Reads names as they were typed, separated by blanks, commas, semicolons or lines. A word that is not a name becomes a problem of the
    /// field.
    /// </summary>
    public static IReadOnlyList<string> ReadNames(string text, string path, List<FieldProblem> problems)
    {
        var names = new List<string>();
        foreach (var word in text.Split([' ', ',', ';', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var name = HostPattern.Normalize(word);
            if (AddressOf(name.Trim('[', ']')) is { } address)
                names.Add(address);
            else if (Fault(name) is { } fault)
                problems.Add(new(path, fault));
            else
                names.Add(InAscii(name));
        }

        if (names.Count == 0 && problems.All(problem => problem.Path != path))
            problems.Add(new(path, "Type at least one name, as www.example.com, *.example.com or 10.0.0.1."));
        IReadOnlyList<string> different = [.. names.Distinct(StringComparer.Ordinal)];
        if (different.Count > 100)
            problems.Add(new(path, $"These are {different.Count} names; a certificate takes 100 at most."));
        return different;
    }

    /// <summary>The days as they were typed.</summary>
    public static int ReadDays(string text, string path, List<FieldProblem> problems)
    {
        if (int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= MostDays)
            return days;
        problems.Add(new(path, $"It takes days, 1 to {MostDays}."));
        return 1;
    }

    // The framework takes "1", "10.1" and "0x7f.1" for addresses, too; whoever writes that means something else. A zone (%eth0) is this
    // machine's own affair.
    private static string? AddressOf(string text) =>
        IPAddress.TryParse(text, out var address) && (text.Contains(':', StringComparison.Ordinal) || address.ToString() == text)
            ? new IPAddress(address.GetAddressBytes()).ToString()
            : null;

    private static string? Fault(string name)
    {
        // A name's last part is never a number, or nobody could tell it from an address.
        if (name.Length > 0 && !name.EndsWith('.') && name[(name.LastIndexOf('.') + 1)..].All(char.IsAsciiDigit))
            return $"\"{name}\" is neither a name nor a whole address; an address is written as 10.0.0.1 or 2001:db8::1.";

        if (name.StartsWith('~') || name.StartsWith('.') || name.EndsWith(".*", StringComparison.Ordinal))
            return $"\"{name}\" is a pattern of a route; a certificate takes names, as www.example.com or *.example.com.";
        if (HostPattern.Fault(name) is { } fault)
            return fault;
        return UploadChecks.IsHost(InAscii(name)) ? null : $"\"{name}\" is not a host name.";
    }

    // Names of other scripts stand in certificates as clients ask for them (RFC 5891).
    private static string InAscii(string name)
    {
        try
        {
            var wild = name.StartsWith("*.", StringComparison.Ordinal) ? "*." : "";
            return wild + new IdnMapping().GetAscii(name[wild.Length..]);
        }
        catch (ArgumentException)
        {
            return name;
        }
    }
}
