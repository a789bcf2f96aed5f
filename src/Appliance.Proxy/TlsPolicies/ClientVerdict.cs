using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.TlsPolicies;

/// <summary>What became of a client's certificate, in nginx's words (<c>$ssl_client_verify</c>), which are OpenSSL's.</summary>
internal static class ClientVerdict
{
    /// <summary>The client showed no certificate.</summary>
    public const string None = "NONE";

    /// <summary>The client showed a good certificate.</summary>
    public const string Success = "SUCCESS";

    private const string FailedWord = "FAILED:";

    // Of an authority that nobody here knows; nothing else is wrong with it (nginx: ngx_ssl_verify_error_optional).
    private const string AloneAndSelfSigned = "self-signed certificate";
    private const string SelfSignedRoot = "self-signed certificate in certificate chain";
    private const string NoIssuer = "unable to verify the first certificate";
    private const string NoRoot = "unable to get local issuer certificate";

    /// <summary>A bad one, and why.</summary>
    public static string Failed(string reason) => FailedWord + reason;

    /// <summary>True when the only fault is that its authority is unknown.</summary>
    public static bool IsUnknownAuthority(string verdict) =>
        verdict.StartsWith(FailedWord, StringComparison.Ordinal)
        && verdict[FailedWord.Length..] is AloneAndSelfSigned or SelfSignedRoot or NoIssuer or NoRoot;

    /// <summary>Of a chain that was built with the policy's authorities alone.</summary>
    public static string Of(X509Chain chain, int depth)
    {
        var elements = chain.ChainElements;
        var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);

        // What is worse than an unknown authority goes first: it must not be excused.
        if (elements.Count == 0)
            return Failed(NoIssuer);
        if (flags.HasFlag(X509ChainStatusFlags.NotSignatureValid))
            return Failed("certificate signature failure");
        if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
            return Failed(
                elements.Any(element => element.Certificate.NotBefore > chain.ChainPolicy.VerificationTime.ToLocalTime())
                    ? "certificate is not yet valid"
                    : "certificate has expired"
            );
        if ((flags & (X509ChainStatusFlags.NotValidForUsage | X509ChainStatusFlags.InvalidPolicyConstraints)) != 0)
            return Failed("unsuitable certificate purpose");
        if (flags.HasFlag(X509ChainStatusFlags.InvalidBasicConstraints))
            return Failed("invalid CA certificate");
        var rest = flags & ~(X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain);
        if (rest != X509ChainStatusFlags.NoError)
            return Failed(rest.ToString());
        if (flags.HasFlag(X509ChainStatusFlags.PartialChain))
            return Failed(elements.Count == 1 ? NoIssuer : NoRoot);
        if (flags.HasFlag(X509ChainStatusFlags.UntrustedRoot))
            return Failed(elements.Count == 1 ? AloneAndSelfSigned : SelfSignedRoot);
        // OpenSSL does not look further than the depth, and so does not know the root.
        return elements.Count - 2 > depth ? Failed(NoRoot) : Success;
    }
}
