using System.Net.Http.Headers;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// Our header rules and targets as YARP transforms. They read the compiled route of the request they serve, so one instance fits every
/// route and an edit of rules needs no new YARP route.
/// </summary>
internal sealed class UpstreamTransforms : ITransformProvider
{
    private static readonly UriCreationOptions _rawTarget = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public void ValidateRoute(TransformRouteValidationContext context) { }

    public void ValidateCluster(TransformClusterValidationContext context) { }

    public void Apply(TransformBuilderContext context)
    {
        context.UseDefaultForwarders = false;
        context.AddOriginalHost(true);
        context.AddRequestTransform(TransformRequest);

        // YARP's own copies throw for what the server under us does not take.
        context.CopyResponseHeaders = false;
        context.CopyResponseTrailers = false;
        context.AddResponseTransform(TransformResponse);
        context.AddResponseTrailersTransform(TransformTrailers);
    }

    private ValueTask TransformRequest(RequestTransformContext context)
    {
        var exchange = Exchange(context.HttpContext);
        var incoming = context.HttpContext.Request.Headers;
        var outgoing = context.ProxyRequest;
        var lines = new UpstreamRequestLines(outgoing);

        // 1. The target as it came: Uri would otherwise resolve dots and re-escape. Only what HttpClient cannot write is escaped.
        outgoing.RequestUri = new Uri(exchange.Server!.Origin + WritableTarget.Of(exchange.UpstreamTarget), _rawTarget);

        outgoing.Options.Set(UpstreamHttpClients.ConnectTimeout, exchange.Action.ConnectTimeout);
        outgoing.Options.Set(UpstreamHttpClients.Exchange, exchange);
        outgoing.Options.Set(UpstreamHttpClients.Server, exchange.Server);
        outgoing.Options.Set(UpstreamHttpClients.HasOpened, exchange.HasOpened = new());

        // 2. Host as the client sent it; a rule may change it below.
        outgoing.Headers.Host = incoming.Host.Count > 0 ? incoming.Host.ToString() : null;

        // 3. What Connection nominates belongs to the client's connection (RFC 9110, 7.6.1). YARP drops the standard hop-by-hop names
        // itself.
        if (exchange.Facts.Nominated is { } nominated)
        {
            foreach (var name in nominated)
                lines.Remove(name);
        }

        // YARP takes it for a header of one connection, which it is not.
        if (incoming.UpgradeInsecureRequests.Count > 0)
            lines.Set("Upgrade-Insecure-Requests", incoming.UpgradeInsecureRequests.ToString());

        // The client's wait for a 100 is over when its body is read, which is here; a server need not
        // know the word (RFC 9110, 10.1.1).
        if (incoming.Expect.Count > 0)
            lines.Remove("Expect");

        // 4. Forwarded headers, then the operator's rules: a rule has the last word.
        if (exchange.Action.ForwardedHeaders)
            ForwardedHeaders.Apply(exchange.Facts, lines);
        if (exchange.Facts.Answer?.Trace is { } trace)
            lines.Set("traceparent", trace.Header);
        exchange.Route.RequestHeaders.Apply(exchange.Facts, lines);
        exchange.IsByYarp = true;
        exchange.Facts.Answer?.LastTry?.Sent(HeadSize.Of(outgoing));
        return default;
    }

    private static ValueTask TransformResponse(ResponseTransformContext context)
    {
        var exchange = Exchange(context.HttpContext);
        if (context.ProxyResponse is not { } answer)
            return default;
        exchange.Answered = true;
        exchange.Facts.Answer?.LastTry?.Received(HeadSize.Of(answer));
        exchange.Facts.Answer?.HasCome((int)answer.StatusCode, new AnswerHeaders(answer));
        exchange.BadAnswer = AnswerHead.Fault(answer);
        if (exchange.BadAnswer is not null)
        {
            context.SuppressResponseBody = true;
            return default;
        }

        AnswerHead.Copy(answer, context.HttpContext);
        exchange.Route.ResponseHeaders.Apply(exchange.Facts, new ResponseLines(context.HttpContext.Response.Headers));

        // These have no body, whatever the server sends behind the head (RFC 9110, 15.3.5, 15.3.6 and 15.4.5).
        if (
            (int)answer.StatusCode
            is StatusCodes.Status204NoContent
                or StatusCodes.Status205ResetContent
                or StatusCodes.Status304NotModified
        )
            context.SuppressResponseBody = true;
        else
            answer.Content = new AnswerContent(answer.Content, context.HttpContext.Response, exchange);
        return default;
    }

    private static ValueTask TransformTrailers(ResponseTrailersTransformContext context)
    {
        if (
            context.ProxyResponse is { } answer
            && context.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { } trailers
        )
            AnswerHead.CopyTrailers(answer, trailers);
        return default;
    }

    private static ProxyExchange Exchange(HttpContext context) => context.Features.GetRequiredFeature<ProxyExchange>();

    // The content is replaced on the way: its headers are held here.
    private sealed class AnswerHeaders(HttpResponseMessage answer) : IAnswerHeaders
    {
        private readonly HttpContentHeaders _content = answer.Content.Headers;

        public string ListAlike(string name) =>
            string.Join(
                ", ",
                answer
                    .Headers.NonValidated.Concat(_content.NonValidated)
                    .Where(header => HeadersAlike.Means(name, header.Key))
                    .SelectMany(header => header.Value)
            );
    }
}
