using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>The library's checks that tie an answer to its question and its parts to each other, each with its reason.</summary>
internal sealed class OidcProtocolValidator : OpenIdConnectProtocolValidator
{
    public OidcProtocolValidator()
    {
        // The handler unseals the state itself and binds it to the browser. With this check on, every sign-in fails.
        RequireStateValidation = false;
        RequireTimeStampInNonce = false;
        NonceLifetime = OidcScheme.LongestSignIn;
    }

    public override void ValidateAuthenticationResponse(OpenIdConnectProtocolValidationContext validationContext)
    {
        if (string.IsNullOrEmpty(validationContext.ProtocolMessage.Code))
            throw new OidcRefusedException(OidcReason.ProviderError, "The answer has neither a code nor an error.");
        base.ValidateAuthenticationResponse(validationContext);
    }

    public override void ValidateTokenResponse(OpenIdConnectProtocolValidationContext validationContext)
    {
        try
        {
            base.ValidateTokenResponse(validationContext);
        }
        catch (OpenIdConnectProtocolInvalidNonceException exception)
        {
            var missing = string.IsNullOrEmpty(validationContext.ValidatedIdToken?.Payload.Nonce);
            throw new OidcRefusedException(
                OidcReason.WrongNonce,
                missing ? "The nonce is missing." : "The nonce is not the one that was sent.",
                exception
            );
        }
        catch (OpenIdConnectProtocolInvalidAtHashException exception)
        {
            throw new OidcRefusedException(OidcReason.WrongAtHash, "The at_hash does not belong to the access token.", exception);
        }
        catch (OpenIdConnectProtocolException exception)
        {
            throw new OidcRefusedException(OidcReason.BadToken, ProviderText.Short(exception.Message), exception);
        }
    }
}
