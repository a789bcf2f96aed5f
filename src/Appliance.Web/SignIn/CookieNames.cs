using System.Security.Cryptography;

namespace Appliance.Web.SignIn;

/// <summary>
/// The names of this console's cookies. They carry a mark of this installation, so that the proxy can tell them from those of another
/// console behind it, and two consoles on one host name do not sign each other's people out.
/// </summary>
public sealed class CookieNames
{
    private const int MarkBytes = 4;

    /// <summary>Names for the installation with this key.</summary>
    public CookieNames(byte[] masterKey) =>
        Prefix = $"appliance_{Convert.ToHexStringLower(HMACSHA256.HashData(masterKey, "names of the console's cookies"u8)[..MarkBytes])}_";

    /// <summary>What all of them begin with: <c>appliance_1f2e3d4c_</c>.</summary>
    public string Prefix { get; }

    /// <summary>The name of the session's cookie.</summary>
    public string Session => Prefix + "session";

    /// <summary>The name of the cookie that protects forms.</summary>
    public string Antiforgery => Prefix + "antiforgery";

    /// <summary>That of a device on which somebody has signed in.</summary>
    public string Device => Prefix + "device";

    /// <summary>The beginning of those that a sign-in at a provider takes along.</summary>
    public string Oidc => Prefix + "oidc_";

    /// <summary>That of a browser in which somebody has just signed out.</summary>
    public string SignedOut => Prefix + "signed_out";

    /// <summary>The beginning of those that tie an answer of a provider to the browser that asked.</summary>
    public string OidcNonce => Oidc + "nonce_";
}
