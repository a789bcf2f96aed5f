using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Variables;

/// <summary>
/// Traces of requests (W3C Trace Context; names of attributes by OpenTelemetry's conventions for HTTP). While nobody listens, nothing is
/// made, and the client's <c>traceparent</c> goes on as any other header.
/// </summary>
/// <param name="addresses">Who is trusted: what a stranger's <c>traceparent</c> says of sampling does not count.</param>
public sealed class Traces(ClientAddress addresses)
{
    /// <summary>The name of the source and of the meter.</summary>
    public const string Name = "Appliance.Proxy";

    private static readonly Meter _meter = new(Name);

    private static readonly Histogram<double> _durations = _meter.CreateHistogram(
        "http.server.request.duration",
        "s",
        "How long requests took.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [.. Traffic.LatencyHistogram.Bounds.ToArray().Select(bound => bound.TotalSeconds)],
        }
    );

    /// <summary>Where spans come from.</summary>
    internal static ActivitySource Source { get; } = new(Name);

    /// <summary>The span of a request that begins now; null: nobody listens, or it is not wanted.</summary>
    public RequestTrace? Begin(HttpContext context)
    {
        if (!Source.HasListeners())
            return null;
        var headers = context.Request.Headers;
        var parent = default(ActivityContext);
        if (
            headers.TraceParent is { Count: 1 } line
            && ActivityContext.TryParse(line[0], headers.TraceState.ToString(), isRemote: true, out var said)
        )
            parent = addresses.IsTrusted(context.Connection.RemoteIpAddress)
                ? said
                : new(said.TraceId, said.SpanId, ActivityTraceFlags.None, said.TraceState, isRemote: true);
        var method = MethodOf(context.Request.Method);
        return RequestTrace.Start(method ?? "HTTP", ActivityKind.Server, parent) is { } span ? new(span, method ?? "_OTHER") : null;
    }

    /// <summary>Counts how long a request took, for who collects it.</summary>
    public static void Count(RequestFacts request, AnswerFacts answer)
    {
        if (!_durations.Enabled)
            return;
        var tags = new TagList
        {
            { "http.request.method", MethodOf(request.Method) ?? "_OTHER" },
            { "http.response.status_code", answer.Status },
            { "url.scheme", request.Scheme },
        };
        if (answer.RouteName.Length > 0)
            tags.Add("http.route", answer.RouteName);
        _durations.Record(answer.Duration.TotalSeconds, tags);
    }

    // Whatever clients write there, the set of values stays small.
    private static string? MethodOf(string method) =>
        method is "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "PATCH" or "OPTIONS" or "CONNECT" or "TRACE" ? method : null;
}
