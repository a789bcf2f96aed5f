using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Certificates;

/// <summary>The result of reading a certificate with its key.</summary>
public abstract record CertificateReading
{
    private CertificateReading() { }

    /// <summary>The certificate and its key can be used.</summary>
    /// <param name="Leaf">The certificate with its private key.</param>
    /// <param name="Chain">Those behind it, in the order in which they are sent, without the leaf.</param>
    /// <param name="Notes">What was fixed, as sentences; mostly empty.</param>
    public sealed record Read(X509Certificate2 Leaf, X509Certificate2Collection Chain, ImmutableArray<string> Notes) : CertificateReading;

    /// <summary>The certificate or its key cannot be used.</summary>
    /// <param name="Fault">What is wrong.</param>
    /// <param name="Reason">More about it, the end of a sentence without its dot: <c>has no certificate in it</c>.</param>
    public sealed record Refused(CertificateFault Fault, string Reason) : CertificateReading;
}

/// <summary>Why a certificate cannot be read.</summary>
public enum CertificateFault
{
    /// <summary>The text or file has no certificate in it.</summary>
    NoCertificate,

    /// <summary>There is no private key.</summary>
    NoKey,

    /// <summary>The key belongs to another certificate.</summary>
    OtherKey,

    /// <summary>It is encrypted, and there is no password.</summary>
    PasswordNeeded,

    /// <summary>It is encrypted, with another password.</summary>
    WrongPassword,

    /// <summary>The certificate, the key or the container cannot be read.</summary>
    Unreadable,
}
