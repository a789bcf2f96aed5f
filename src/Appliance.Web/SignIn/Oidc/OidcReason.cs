namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// Why a sign-in by a provider was refused. Each has a code for the audit and a sentence for people: <see cref="OidcReasons"/>.
/// </summary>
public enum OidcReason
{
    /// <summary>The answer belongs to no sign-in that this browser began a short while ago.</summary>
    WrongState,

    /// <summary>The answer names another issuer, or none where it must (RFC 9207): a mix-up of providers.</summary>
    WrongIssParameter,

    /// <summary>The provider, or the person there, said no.</summary>
    AccessDenied,

    /// <summary>The provider answered with another error.</summary>
    ProviderError,

    /// <summary>The provider did not answer, or not in time, or with a failure of its own.</summary>
    ProviderAway,

    /// <summary>What the provider says about itself cannot be used.</summary>
    BadDiscovery,

    /// <summary>The provider did not take the code: client id, secret or redirect address are not what it knows.</summary>
    TokenRefused,

    /// <summary>There is no id_token, or it cannot be read.</summary>
    BadToken,

    /// <summary>It is not signed, or by an algorithm that is not taken.</summary>
    WrongAlgorithm,

    /// <summary>None of the provider's keys made this signature.</summary>
    BadSignature,

    /// <summary>It was issued by somebody else.</summary>
    WrongIssuer,

    /// <summary>It was issued for another client.</summary>
    WrongAudience,

    /// <summary>The authorized party is another client.</summary>
    WrongAzp,

    /// <summary>The token has expired (<c>exp</c>).</summary>
    Expired,

    /// <summary>It is from the future.</summary>
    NotYetValid,

    /// <summary>It answers another sign-in than this one.</summary>
    WrongNonce,

    /// <summary>It belongs to another access token.</summary>
    WrongAtHash,

    /// <summary>A fresh sign-in was asked for, and the provider let an old one pass.</summary>
    StaleSignIn,

    /// <summary>A fresh sign-in was asked for, and the provider does not say when the person signed in.</summary>
    NoSignInTime,

    /// <summary>The user information is about somebody else.</summary>
    WrongSubject,

    /// <summary>The user information was needed and could not be had.</summary>
    UserInfoRefused,

    /// <summary>No rule gives this person a role.</summary>
    NoRole,

    /// <summary>An administrator disabled the account.</summary>
    Disabled,

    /// <summary>A fresh sign-in was asked for, and somebody else came back.</summary>
    AnotherPerson,
}

/// <summary>A refusal and what exactly was wrong; the detail is for administrators and never a secret.</summary>
/// <param name="Reason">Which.</param>
/// <param name="Detail">What was found and what was expected, as a sentence.</param>
public sealed record OidcFault(OidcReason Reason, string Detail);

/// <summary>Carries a refusal through the framework's handler, which knows failures as exceptions only.</summary>
public sealed class OidcRefusedException : Exception
{
    /// <summary>A refusal for this fault.</summary>
    public OidcRefusedException(OidcFault fault, Exception? cause = null)
        : base(fault.Detail, cause) => Fault = fault;

    /// <summary>A refusal for this reason, with what was found.</summary>
    public OidcRefusedException(OidcReason reason, string detail, Exception? cause = null)
        : this(new(reason, detail), cause) { }

    /// <summary>What was wrong with the answer.</summary>
    public OidcFault Fault { get; }

    /// <summary>The token it was wrong with, when the provider's signature on it is right; null otherwise.</summary>
    public SignedToken? Token { get; init; }
}
