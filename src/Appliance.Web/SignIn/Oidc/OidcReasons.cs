using System.Collections.Frozen;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// The codes and the sentences of refusals. Sentences say what to do and nothing that a stranger should not read; details are in the audit.
/// </summary>
public static class OidcReasons
{
    private const string TellAdministrator = "Tell an administrator; the audit has the details.";

    private static readonly FrozenDictionary<OidcReason, (string Code, string Sentence)> _known = new Dictionary<
        OidcReason,
        (string, string)
    >
    {
        [OidcReason.WrongState] = (
            "wrong_state",
            "This sign-in took too long, was used already, or began in another browser. Start it again here."
        ),
        [OidcReason.WrongIssParameter] = (
            "wrong_iss_parameter",
            "The answer came from another provider than the one that was asked. Start again here; if it happens twice, do not go on. "
                + $"{TellAdministrator}"
        ),
        [OidcReason.AccessDenied] = (
            "access_denied",
            "The provider did not let you in, or the sign-in was cancelled there. Start again, or ask the provider's administrator to "
                + "give you access to this console."
        ),
        [OidcReason.ProviderError] = (
            "provider_error",
            "The provider answered with an error. Try again; if it stays, the client's settings there are probably wrong. "
                + $"{TellAdministrator}"
        ),
        [OidcReason.ProviderAway] = (
            "provider_away",
            "The provider could not be reached. Try again in a minute; meanwhile somebody with a local account can sign in here."
        ),
        [OidcReason.BadDiscovery] = (
            "bad_discovery",
            "What the provider says about itself cannot be used, most likely because the authority in the settings is not exactly "
                + $"its issuer. {TellAdministrator}"
        ),
        [OidcReason.TokenRefused] = (
            "token_refused",
            "The provider did not accept this console as its client: client id, secret or redirect address are not what it knows. "
                + $"{TellAdministrator}"
        ),
        [OidcReason.BadToken] = ("bad_token", $"The provider's answer could not be read. {TellAdministrator}"),
        [OidcReason.WrongAlgorithm] = (
            "wrong_algorithm",
            "The provider signs in a way that is not accepted here; it must use an asymmetric key, like RS256 or ES256. "
                + $"{TellAdministrator}"
        ),
        [OidcReason.BadSignature] = (
            "bad_signature",
            $"The provider's signature is not right. Try again in a minute: it may have changed its keys just now. {TellAdministrator}"
        ),
        [OidcReason.WrongIssuer] = (
            "wrong_issuer",
            $"The answer was issued by somebody else than the provider in the settings. {TellAdministrator}"
        ),
        [OidcReason.WrongAudience] = ("wrong_audience", $"The answer was issued for another application. {TellAdministrator}"),
        [OidcReason.WrongAzp] = ("wrong_azp", $"The answer was issued on behalf of another application. {TellAdministrator}"),
        [OidcReason.Expired] = (
            "expired",
            "The provider's answer has expired. Try again; if it stays, compare the clocks of this machine and the provider. "
                + $"{TellAdministrator}"
        ),
        [OidcReason.NotYetValid] = (
            "not_yet_valid",
            $"The provider's answer is from the future: compare the clocks of this machine and the provider. {TellAdministrator}"
        ),
        [OidcReason.WrongNonce] = (
            "wrong_nonce",
            "The answer belongs to another sign-in. Start again here; if it happens twice, do not go on and tell an administrator."
        ),
        [OidcReason.WrongAtHash] = ("wrong_at_hash", $"The parts of the provider's answer do not belong together. {TellAdministrator}"),
        [OidcReason.StaleSignIn] = (
            "stale_sign_in",
            "A fresh sign-in was asked for, and the provider did not ask you for one. Sign out at the provider, then try again."
        ),
        [OidcReason.NoSignInTime] = (
            "no_sign_in_time",
            "The provider does not say when you signed in there, so it cannot confirm here that it is you. Sign out here, then sign "
                + "in again: that counts."
        ),
        [OidcReason.WrongSubject] = (
            "wrong_subject",
            $"The provider's information is about another person than its token. {TellAdministrator}"
        ),
        [OidcReason.UserInfoRefused] = (
            "userinfo_refused",
            $"The provider did not hand out the information that the rules need. {TellAdministrator}"
        ),
        [OidcReason.NoRole] = (
            "no_role",
            "The provider knows you, but no rule gives you a role in this console. Ask an administrator to add you to a group that has one."
        ),
        [OidcReason.Disabled] = ("disabled", "Your account in this console is disabled. Ask an administrator."),
        [OidcReason.AnotherPerson] = (
            "another_person",
            "Somebody else signed in at the provider than who is signed in here. Sign out, and sign in as the one you mean."
        ),
    }.ToFrozenDictionary();

    /// <summary>All reasons for a refusal.</summary>
    public static IEnumerable<OidcReason> All => Enum.GetValues<OidcReason>();

    /// <summary>The code: short, for the audit and for searching the docs.</summary>
    public static string Code(OidcReason reason) => _known[reason].Code;

    /// <summary>The sentence that people read.</summary>
    public static string Sentence(OidcReason reason) => _known[reason].Sentence;

    /// <summary>The sentence of a code that came back in an address; null for an unknown code.</summary>
    public static string? SentenceOf(string? code) => _known.Values.FirstOrDefault(reason => reason.Code == code).Sentence;
}
