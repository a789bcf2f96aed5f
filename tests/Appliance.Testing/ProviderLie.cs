namespace Appliance.Testing;

/// <summary>How a <see cref="HostileProvider"/> lies.</summary>
public enum ProviderLie
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>The answer has another state.</summary>
    OtherState,

    /// <summary>The answer has no state.</summary>
    NoState,

    /// <summary>The answer names another issuer.</summary>
    OtherIssParameter,

    /// <summary>The answer names no issuer, though the provider says that it always does.</summary>
    NoIssParameter,

    /// <summary>access_denied.</summary>
    AccessDenied,

    /// <summary>server_error.</summary>
    ServerError,

    /// <summary>Neither code nor error.</summary>
    NoCode,

    /// <summary>The token endpoint refuses the code.</summary>
    CodeRefused,

    /// <summary>The token endpoint answers 503.</summary>
    TokenEndpointAway,

    /// <summary>The token endpoint answers megabytes.</summary>
    HugeAnswer,

    /// <summary>The token endpoint takes the request and never answers.</summary>
    SilentTokenEndpoint,

    /// <summary>The token endpoint sends the code and the secret on to somebody else.</summary>
    TokenEndpointRedirects,

    /// <summary>The answer is no JSON.</summary>
    NoJson,

    /// <summary>There is no id_token.</summary>
    NoIdToken,

    /// <summary>The id_token is not one.</summary>
    Gibberish,

    /// <summary>Signed by another key under the name of a known one.</summary>
    ForeignSignature,

    /// <summary>Signed by a key that is published nowhere.</summary>
    UnknownKey,

    /// <summary>Changed after it was signed.</summary>
    ChangedPayload,

    /// <summary>Not signed: alg none.</summary>
    Unsigned,

    /// <summary>Not signed, and without a hash of the access token.</summary>
    UnsignedWithoutHash,

    /// <summary>Signed, and it names two people: the first is another one.</summary>
    TwoSubjects,

    /// <summary>The access token is of another type than Bearer.</summary>
    OtherTokenType,

    /// <summary>HMAC with the client's secret.</summary>
    HmacBySecret,

    /// <summary>HMAC with the public key, which everybody has.</summary>
    HmacByPublicKey,

    /// <summary>Another issuer.</summary>
    OtherIssuer,

    /// <summary>The issuer with a slash behind it.</summary>
    SlashedIssuer,

    /// <summary>For another client.</summary>
    OtherAudience,

    /// <summary>For nobody.</summary>
    NoAudience,

    /// <summary>For us and another one, without saying on whose behalf.</summary>
    TwoAudiences,

    /// <summary>For us, on behalf of another one.</summary>
    OtherAzp,

    /// <summary>Expired a while ago.</summary>
    Expired,

    /// <summary>Without an end.</summary>
    NoExpiry,

    /// <summary>Issued in the future.</summary>
    IssuedInFuture,

    /// <summary>Good only later.</summary>
    NotYetValid,

    /// <summary>Another nonce.</summary>
    OtherNonce,

    /// <summary>No nonce.</summary>
    NoNonce,

    /// <summary>The hash of another access token.</summary>
    OtherAtHash,

    /// <summary>Nobody in particular.</summary>
    NoSubject,

    /// <summary>A sign-in of an hour ago, whatever was asked for.</summary>
    OldSignIn,

    /// <summary>The user information is about somebody else.</summary>
    OtherSubject,

    /// <summary>The user information is refused.</summary>
    UserInfoRefused,
}
