using System.Diagnostics;
using System.Globalization;

namespace Appliance.Proxy.Variables;

/// <summary>The spans of one request: its own, and one of each server that is asked. One thread at a time.</summary>
public sealed class RequestTrace
{
    private readonly Activity _span;
    private readonly string _method;
    private Activity? _try;
    private bool _hasEnded;

    internal RequestTrace(Activity span, string method) => (_span, _method) = (span, method);

    /// <summary><c>traceparent</c> as the server that is asked now gets it (W3C Trace Context, 3.2).</summary>
    public string Header
    {
        get
        {
            var span = _try ?? _span;
            return $"00-{span.TraceId.ToHexString()}-{span.SpanId.ToHexString()}-{(span.Recorded ? "01" : "00")}";
        }
    }

    /// <summary>
    /// Starts a span that is not the current one of its flow: nothing else here makes spans, and flows would carry it along.
    /// </summary>
    internal static Activity? Start(string name, ActivityKind kind, ActivityContext parent)
    {
        var before = Activity.Current;
        var span = Traces.Source.StartActivity(name, kind, parent);
        Activity.Current = before;
        return span;
    }

    /// <summary>A server is asked.</summary>
    internal void Ask(string address, int before)
    {
        Stop(_try);
        _try = Start(_method == "_OTHER" ? "HTTP" : _method, ActivityKind.Client, _span.Context);
        if (_try is not { IsAllDataRequested: true } span)
            return;
        var colon = address.LastIndexOf(':');
        span.SetTag("http.request.method", _method);
        span.SetTag("server.address", colon > 0 ? address[..colon].Trim('[', ']') : address);
        if (colon > 0 && int.TryParse(address.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var port))
            span.SetTag("server.port", port);
        if (before > 0)
            span.SetTag("http.request.resend_count", before);
    }

    /// <summary>The server that was asked has answered, or has not.</summary>
    internal void EndTry(int status, string? failure)
    {
        if (_try is { IsAllDataRequested: true } span)
        {
            if (status > 0)
                span.SetTag("http.response.status_code", status);
            Judge(span, status >= 400, status, failure);
        }

        Stop(_try);
    }

    /// <summary>The request is over, or has become a WebSocket.</summary>
    public void End(RequestFacts request, AnswerFacts answer)
    {
        if (_hasEnded)
            return;
        _hasEnded = true;
        Stop(_try);
        if (_span.IsAllDataRequested)
        {
            var name = _method == "_OTHER" ? "HTTP" : _method;
            _span.DisplayName = answer.RouteName.Length > 0 ? $"{name} {answer.RouteName}" : name;
            _span.SetTag("http.request.method", _method);
            _span.SetTag("url.scheme", request.Scheme);
            _span.SetTag("url.path", RequestPath.WithoutSecrets(request.RawTarget));
            _span.SetTag("server.address", request.Host);
            _span.SetTag("client.address", request.ClientAddress?.ToString());
            _span.SetTag("http.response.status_code", answer.Status);
            if (answer.RouteName.Length > 0)
                _span.SetTag("http.route", answer.RouteName);
            if (request.PoolName is { } pool)
                _span.SetTag("appliance.pool", pool);
            if (request.RequestId is { } id)
                _span.SetTag("appliance.request_id", id);
            Judge(_span, answer.Status >= 500, answer.Status, answer.Failure ?? answer.LastTry?.Failure);
        }

        Stop(_span);
    }

    private static void Judge(Activity span, bool isBad, int status, string? failure)
    {
        if (!isBad && failure is null)
            return;
        span.SetStatus(ActivityStatusCode.Error, failure);
        span.SetTag("error.type", status > 0 ? status.ToString(CultureInfo.InvariantCulture) : "_OTHER");
    }

    private static void Stop(Activity? span)
    {
        var before = Activity.Current;
        span?.Stop();
        Activity.Current = before;
    }
}
