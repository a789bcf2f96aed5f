using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>The failures of the framework's handler as refusals with a reason.</summary>
internal static class OidcFailures
{
    /// <summary>
    /// The refusal that a failure stands for; null: it is a bug. <paramref name="hasState"/>: the answer came with a state of ours.
    /// </summary>
    public static OidcFault? FaultOf(Exception? failure, bool hasState) =>
        failure switch
        {
            OidcRefusedException refused => refused.Fault,

            // The provider's own answer instead of a code. Errors of the token endpoint do not come so far: ProviderBackchannel refuses
            // them.
            OpenIdConnectProtocolException { Data: var data } when data["error"] is string error => new(
                error == "access_denied" ? OidcReason.AccessDenied : OidcReason.ProviderError,
                $"The provider answered {ProviderText.Short(error)}: {ProviderText.Short(data["error_description"] as string)}."
            ),
            OpenIdConnectProtocolException => new(OidcReason.BadToken, ProviderText.Short(failure.Message)),

            // Of these the handler makes three: no message, a token in the address, and a cookie that does not fit.
            AuthenticationFailureException => new(
                OidcReason.WrongState,
                hasState
                    ? "The state and the browser's cookie do not belong together."
                    : $"The answer is not one to a sign-in: {ProviderText.Short(failure.Message)}"
            ),

            // Forms, which nobody should post here, are read before anything of ours is asked.
            InvalidDataException or BadHttpRequestException => new(OidcReason.WrongState, "The answer came as a form that cannot be read."),
            _ => null,
        };

    /// <summary>True when only the cookie is missing: most often, the address of an answer was loaded once more.</summary>
    public static bool IsRepeated(Exception? failure) => failure is AuthenticationFailureException;
}
