using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// YARP's forwarder, for which an answer that came before its request was read is an answer: it reaches the client, and the server has not
/// failed.
/// </summary>
internal sealed class EarlyAnswers(IHttpForwarder forwarder) : IHttpForwarder
{
    // Nothing is looked up: the connection is there.
    private const string Anywhere = "http://answer/";

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context,
        string destinationPrefix,
        HttpMessageInvoker httpClient,
        ForwarderRequestConfig requestConfig,
        HttpTransformer transformer
    ) => SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

    public async ValueTask<ForwarderError> SendAsync(
        HttpContext context,
        string destinationPrefix,
        HttpMessageInvoker httpClient,
        ForwarderRequestConfig requestConfig,
        HttpTransformer transformer,
        CancellationToken cancellationToken
    )
    {
        var error = await forwarder.SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
        if (error == ForwarderError.None)
            return error;

        // 1. The answer is whole, and the rest of the request is what nobody wanted: over HTTP/2 the server says so by RST_STREAM (RFC
        // 9113, 8.1).
        if (
            error is ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient or ForwarderError.RequestBodyDestination
            && context.Features.Get<ProxyExchange>() is { AnswerIsWhole: true }
        )
        {
            context.Features.Set<IForwarderErrorFeature>(null);
            return ForwarderError.None;
        }

        // 2. The connection has noticed it. The answer is read by a client of its own, as any other.
        if (Find(context.Features.Get<IForwarderErrorFeature>()?.Exception) is not { } early)
            return error;
        if (context.RequestAborted.IsCancellationRequested || context.Response.HasStarted)
        {
            early.Drop();
            return error;
        }

        context.Response.Clear();
        context.Features.Set<IForwarderErrorFeature>(null);
        var body = context.Features.Get<IHttpRequestBodyDetectionFeature>();
        context.Features.Set<IHttpRequestBodyDetectionFeature>(NoBody.Instance);
        try
        {
            using var client = early.Client();
            var config = new ForwarderRequestConfig
            {
                ActivityTimeout = requestConfig.ActivityTimeout,
                Version = HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            return await forwarder.SendAsync(context, Anywhere, client, config, new AnswerOnly(transformer), cancellationToken);
        }
        finally
        {
            context.Features.Set(body);
        }
    }

    private static EarlyAnswerException? Find(Exception? exception) =>
        exception switch
        {
            null => null,
            EarlyAnswerException early => early,
            AggregateException several => several.InnerExceptions.Select(Find).FirstOrDefault(found => found is not null),
            _ => Find(exception.InnerException),
        };

    // The request is said already.
    private sealed class AnswerOnly(HttpTransformer transformer) : HttpTransformer
    {
        public override ValueTask TransformRequestAsync(
            HttpContext httpContext,
            HttpRequestMessage proxyRequest,
            string destinationPrefix,
            CancellationToken cancellationToken
        )
        {
            proxyRequest.RequestUri = new(destinationPrefix);
            return default;
        }

        public override ValueTask<bool> TransformResponseAsync(
            HttpContext httpContext,
            HttpResponseMessage? proxyResponse,
            CancellationToken cancellationToken
        ) => transformer.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);

        public override ValueTask TransformResponseTrailersAsync(
            HttpContext httpContext,
            HttpResponseMessage proxyResponse,
            CancellationToken cancellationToken
        ) => transformer.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
    }

    private sealed class NoBody : IHttpRequestBodyDetectionFeature
    {
        public static NoBody Instance { get; } = new();

        public bool CanHaveBody => false;
    }
}
