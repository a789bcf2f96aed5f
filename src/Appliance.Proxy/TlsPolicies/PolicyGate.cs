using System.Security.Authentication;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.TlsPolicies;

/// <summary>
/// Holds a request against the policy of its host, whatever its handshake was for: the name there (SNI) chooses what is asked, the host
/// here what must have been proved. Before any route, so that nothing behind can be reached past it.
/// </summary>
internal static class PolicyGate
{
    private const string ChallengePath = "/.well-known/acme-challenge/";

    /// <summary>True when the request was answered here and goes no further.</summary>
    public static async ValueTask<bool> AnsweredAsync(HttpContext context, TlsPolicyTable policies, RequestFacts request, ILogger log)
    {
        if (policies.For(request.Host) is not { } policy)
            return false;
        var https = request.Scheme == "https";
        var handshake = https ? context.Features.Get<PolicyHandshake>() : null;
        if (https && (handshake is null || !IsEnough(policy, handshake)))
        {
            await MisdirectedAsync(context, request, handshake);
            return true;
        }

        if (policy.StrictTransportSecurity is { } hsts && (https || ForwardedHeaders.Proto(request) == "https"))
            context.Response.OnStarting(static state => Stamp((Stamped)state), new Stamped(context.Response, hsts));
        return https
            ? await CertificateMissingAsync(context, policy, handshake!, request, log) // https has one, else it was answered above
            : await PlainAsync(context, policy, request);
    }

    private static bool IsEnough(CompiledTlsPolicy policy, PolicyHandshake handshake) =>
        (policy.Protocols.HasFlag(SslProtocols.Tls12) || handshake.Protocol >= SslProtocols.Tls13)
        && (policy.Clients is null || (handshake.Clients is { } asked && policy.Clients.IsAsGoodAs(asked)));

    // RFC 9110, 15.5.20. With the right name in the handshake only the policy can be newer than the connection: then it is the connection
    // that has to go.
    private static Task MisdirectedAsync(HttpContext context, RequestFacts request, PolicyHandshake? handshake)
    {
        if (handshake?.Name == request.Host)
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        if (!HttpProtocol.IsHttp2(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        return OwnPage.WriteAsync(
            context,
            StatusCodes.Status421MisdirectedRequest,
            "This connection was opened for another name, or under other terms; please come again over a new one for this name."
        );
    }

    private static async ValueTask<bool> CertificateMissingAsync(
        HttpContext context,
        CompiledTlsPolicy policy,
        PolicyHandshake handshake,
        RequestFacts request,
        ILogger log
    )
    {
        if (policy.Clients is not { } clients)
            return false;
        request.Tls = handshake.FactsWithClient;
        switch (handshake.Verdict)
        {
            case ClientVerdict.Success:
            case ClientVerdict.None when clients.Verify != ClientVerify.On:
            case var unknown when clients.Verify == ClientVerify.OptionalNoCa && ClientVerdict.IsUnknownAuthority(unknown):
                return false;
            case ClientVerdict.None:
                await OwnPage.WriteAsync(context, StatusCodes.Status400BadRequest, "No required SSL certificate was sent.");
                return true;
            default:
                log.CertificateRefused(policy.Policy.Name, handshake.Verdict);
                await OwnPage.WriteAsync(
                    context,
                    StatusCodes.Status400BadRequest,
                    "The SSL certificate error: the certificate that was sent is not accepted here."
                );
                return true;
        }
    }

    /// <summary>
    /// What a request by plain http is answered: a redirect with its address, or 403 and a sentence; null: nothing stands in its way.
    /// </summary>
    public static (int Status, string Text)? OfPlain(CompiledTlsPolicy policy, RequestFacts request)
    {
        // Nothing vouches for a challenge's path behind us, so that even it does not get past a demanded certificate.
        var open =
            !policy.Policy.ForceHttps
            || ForwardedHeaders.Proto(request) == "https"
            || request.Path.Normalized.StartsWith(ChallengePath, StringComparison.Ordinal);
        if (!open && request.Host.Length > 0)
        {
            var get = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
            return (
                get ? StatusCodes.Status301MovedPermanently : StatusCodes.Status308PermanentRedirect,
                $"https://{request.Host}{(policy.Policy.HttpsPort == 443 ? "" : $":{policy.Policy.HttpsPort}")}{request.Path.RawPathAndQuery}"
            );
        }

        if (policy.Clients is { Verify: ClientVerify.On })
            return (StatusCodes.Status403Forbidden, "This address asks for a client certificate, which takes https all the way.");
        return open ? null : (StatusCodes.Status403Forbidden, "This address is answered over https only.");
    }

    private static async ValueTask<bool> PlainAsync(HttpContext context, CompiledTlsPolicy policy, RequestFacts request)
    {
        if (OfPlain(policy, request) is not var (status, text))
            return false;
        if (status == StatusCodes.Status403Forbidden)
        {
            await OwnPage.WriteAsync(context, status, text);
            return true;
        }

        context.Response.StatusCode = status;
        context.Response.Headers.Location = HeaderText.OneLine(text);
        context.Response.ContentLength = 0;
        return true;
    }

    // Whatever a server or a rule has put there: two of them would leave it to the browser which one counts (RFC 6797, 8.1).
    private static Task Stamp(Stamped answer)
    {
        answer.Response.Headers.StrictTransportSecurity = answer.Value;
        return Task.CompletedTask;
    }

    private sealed record Stamped(HttpResponse Response, string Value);
}

/// <summary>What the gate of policies logs; event ids 1400 to 1499.</summary>
internal static partial class PolicyGateLog
{
    [LoggerMessage(1400, LogLevel.Debug, "TLS policy {Policy} refused a client's certificate: {Verdict}.")]
    public static partial void CertificateRefused(this ILogger log, string policy, string verdict);
}
