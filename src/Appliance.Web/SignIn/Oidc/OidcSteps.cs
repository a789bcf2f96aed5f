using System.Globalization;
using Appliance.Proxy.Items;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// The steps of one provider's sign-ins, in the order in which the framework's handler takes them. Each adds what the handler does not
/// check, and its line for the trial page. Nobody is signed in before <see cref="TicketReceived"/>: nonce and at_hash are checked after
/// <see cref="TokenValidated"/>.
/// </summary>
internal sealed class OidcSteps(OidcProvider provider) : OpenIdConnectEvents
{
    /// <summary>Before the browser goes to the provider: what the question says beside the usual.</summary>
    public override Task RedirectToIdentityProvider(RedirectContext context)
    {
        var (question, properties) = (context.ProtocolMessage, context.Properties);
        properties.Begin(Now(context.HttpContext));

        // The handler would take the address as the browser wrote it; the provider knows one.
        question.RedirectUri = provider.Absolute(context.Request, provider.Settings.CallbackPath);
        if (properties.MaxAge() is { } age)
            question.MaxAge = ((long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (properties.Prompt() is { } prompt)
            question.Prompt = prompt;
        return Task.CompletedTask;
    }

    /// <summary>The browser came back. The handler looks at the cookie that belongs to the state after this.</summary>
    public override async Task MessageReceived(MessageReceivedContext context)
    {
        // 1. The answer is a redirect, and belongs to a question that this console asked a short while ago.
        var trace = new SignInTrace();
        context.HttpContext.Features.Set(trace);
        var properties = context.Properties;
        if (!HttpMethods.IsGet(context.Request.Method))
            throw new OidcRefusedException(
                OidcReason.WrongState,
                $"The answer came by {ProviderText.Short(context.Request.Method)}, not by a redirect."
            );
        if (properties is null || !properties.HasBegun())
            throw new OidcRefusedException(
                OidcReason.WrongState,
                context.Request.Query.ContainsKey("state") ? "The state was not sealed by this console." : "The state is missing."
            );
        if (Now(context.HttpContext) - properties.AskedAt() > OidcScheme.LongestSignIn)
            throw new OidcRefusedException(OidcReason.WrongState, $"The sign-in began at {properties.AskedAt():u}, which is too long ago.");
        trace.Done("Redirect", "The browser came back with the state that it took along.");

        // 2. It is from the provider that was asked (RFC 9207), before anything else in it counts.
        var metadata = await provider.Metadata.GetAsync(context.HttpContext.RequestAborted);
        trace.Done(
            "Discovery",
            $"{metadata.Issuer}, {Counted.Of(metadata.SigningKeys.Count, "key")}; signs by "
                + $"{ProviderText.Short(string.Join(", ", metadata.IdTokenSigningAlgValuesSupported))}."
        );
        if (
            context.Request.Query.TryGetValue("iss", out var issuer)
                ? issuer != metadata.Issuer
                : metadata.AuthorizationResponseIssParameterSupported
        )
            throw new OidcRefusedException(
                OidcReason.WrongIssParameter,
                $"The answer names the issuer {ProviderText.Short(issuer)}; expected {metadata.Issuer}."
            );
    }

    /// <summary>State, cookie and browser belong together, and there is a code.</summary>
    public override Task AuthorizationCodeReceived(AuthorizationCodeReceivedContext context)
    {
        Trace(context.HttpContext).Done("Code", "The provider gave a code.");
        return Task.CompletedTask;
    }

    /// <summary>The token endpoint answered.</summary>
    public override Task TokenResponseReceived(TokenResponseReceivedContext context)
    {
        var answer = context.TokenEndpointResponse;
        if (string.IsNullOrEmpty(answer.IdToken))
            throw new OidcRefusedException(OidcReason.BadToken, "The token endpoint gave no id_token.");
        if (string.IsNullOrEmpty(answer.AccessToken) || !"Bearer".Equals(answer.TokenType, StringComparison.OrdinalIgnoreCase))
            throw new OidcRefusedException(OidcReason.BadToken, "The token endpoint gave no access token of the type Bearer.");
        Trace(context.HttpContext).Done("Tokens", "The provider took the code, the redirect address and the client's secret.");
        return Task.CompletedTask;
    }

    /// <summary>
    /// The id_token is the provider's, for this console, and of now. Whether it answers this very question is checked after this.
    /// </summary>
    public override Task TokenValidated(TokenValidatedContext context)
    {
        var answer = context.TokenEndpointResponse
            ?? throw new InvalidOperationException("The code flow has an answer of the token endpoint.");
        var token = SignedToken.Read(answer.IdToken);
        var trace = Trace(context.HttpContext);
        trace.Signed(token);
        if (
            context.Properties is { } properties
            && properties.MaxAge() is { } age
            && IdTokenChecks.FaultOfAge(token.Claims, properties.AskedAt(), age) is { } fault
        )
            throw new OidcRefusedException(fault);
        context.HttpContext.Features.Set(new ReceivedTokens(token.Claims, answer.AccessToken, answer.IdToken, answer.RefreshToken));
        return Task.CompletedTask;
    }

    /// <summary>After every check of the handler.</summary>
    public override Task TicketReceived(TicketReceivedContext context)
    {
        context.HandleResponse();
        return Services(context.HttpContext).ReceivedAsync(context.HttpContext, provider, context.Properties ?? new(), context.ReturnUri);
    }

    /// <summary>
    /// After a check that failed. What is no refusal is a bug, and goes where bugs go; but for a browser that did not wait.
    /// </summary>
    public override async Task RemoteFailure(RemoteFailureContext context)
    {
        var properties = context.Properties?.HasBegun() == true ? context.Properties : null;
        var fault = OidcFailures.FaultOf(context.Failure, properties is not null);
        if (fault is not null || context.HttpContext.RequestAborted.IsCancellationRequested)
            context.HandleResponse();
        if (fault is not null)
            await Services(context.HttpContext).FailedAsync(context.HttpContext, provider, properties, fault, context.Failure);
    }

    private static OidcSignIn Services(HttpContext http) => http.RequestServices.GetRequiredService<OidcSignIn>();

    private static DateTimeOffset Now(HttpContext http) => http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();

    private static SignInTrace Trace(HttpContext http) => http.Features.GetRequiredFeature<SignInTrace>();
}
