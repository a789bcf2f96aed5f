using Microsoft.AspNetCore.Http.Features;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Headers;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// Our header rules and targets as YARP transforms. They read the compiled route of the request they serve, so one instance fits every
/// route and an edit of rules needs no new YARP route.
/// </summary>
internal sealed class UpstreamTransforms(bool dropUnderscoreHeaders) : ITransformProvider
{
    private static readonly UriCreationOptions RawTarget = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        context.UseDefaultForwarders = false;
        context.AddOriginalHost(true);
        context.AddRequestTransform(TransformRequest);
        context.AddResponseTransform(TransformResponse);
    }

    private ValueTask TransformRequest(RequestTransformContext context)
    {
        var exchange = Exchange(context.HttpContext);
        var incoming = context.HttpContext.Request.Headers;
        var outgoing = context.ProxyRequest;
        var lines = new UpstreamRequestLines(outgoing);

        // 1. The target as it came: Uri would otherwise resolve dots and re-escape. Only what HttpClient cannot write is escaped.
        outgoing.RequestUri = new Uri(exchange.Server!.Origin + WritableTarget.Of(exchange.UpstreamTarget), RawTarget);

        outgoing.Options.Set(UpstreamHttpClients.ConnectTimeout, exchange.Action.ConnectTimeout);
        outgoing.Options.Set(UpstreamHttpClients.Exchange, exchange);

        // 2. Host as the client sent it; a rule may change it below.
        outgoing.Headers.Host = incoming.Host.Count > 0 ? incoming.Host.ToString() : null;

        // 3. What Connection nominates belongs to the client's connection (RFC 9110, 7.6.1). YARP drops the standard hop-by-hop names itself.
        if (exchange.Facts.Nominated is { } nominated)
        {
            foreach (var name in nominated)
                lines.Remove(name);
        }

        if (dropUnderscoreHeaders)
        {
            foreach (var (name, _) in incoming)
            {
                if (name.Contains('_'))
                    lines.Remove(name);
            }
        }

        // 4. Forwarded headers, then the operator's rules: a rule has the last word.
        if (exchange.Action.ForwardedHeaders)
            ForwardedHeaders.Apply(exchange.Facts, lines);
        exchange.Route.RequestHeaders.Apply(exchange.Facts, lines);
        return default;
    }

    private static ValueTask TransformResponse(ResponseTransformContext context)
    {
        var exchange = Exchange(context.HttpContext);
        if (context.ProxyResponse is not { } answer)
            return default;
        exchange.Answered = true;
        var response = context.HttpContext.Response;

        // An answer we cannot carry: HttpClient would hand the coded bytes through as if they were the body, and an unasked 101 would
        // become a tunnel that nobody checked.
        exchange.BadAnswer = BadAnswer(answer);
        if (exchange.BadAnswer is not null)
        {
            context.SuppressResponseBody = true;
            response.Headers.Clear();
            return default;
        }

        if (answer.Headers.NonValidated.TryGetValues("Connection", out var connection)
            && HopByHop.Nominated(connection.ToArray()) is { } nominated)
        {
            foreach (var name in nominated)
                response.Headers.Remove(name);
        }

        // A 426 without Upgrade says nothing (RFC 9110, 15.5.22).
        if ((int)answer.StatusCode == StatusCodes.Status426UpgradeRequired && answer.Headers.NonValidated.TryGetValues("Upgrade", out var upgrade))
        {
            response.Headers.Upgrade = upgrade.ToString();
            response.Headers.Connection = "Upgrade";
        }

        exchange.Route.ResponseHeaders.Apply(exchange.Facts, new ResponseLines(response.Headers));
        return default;
    }

    private static string? BadAnswer(HttpResponseMessage answer)
    {
        if ((int)answer.StatusCode == StatusCodes.Status101SwitchingProtocols)
            return "The server switched protocols without being asked.";
        if (answer.Headers.NonValidated.TryGetValues("Transfer-Encoding", out var coding)
            && !coding.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase))
            return "The server used a transfer coding that cannot be forwarded.";
        return null;
    }

    private static ProxyExchange Exchange(HttpContext context) => context.Features.GetRequiredFeature<ProxyExchange>();
}
