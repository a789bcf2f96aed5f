using System.Globalization;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Items;
using Appliance.Proxy.Variables;

namespace Appliance.Web.RequestPages;

/// <summary>A past request in words.</summary>
public static class RequestWords
{
    /// <summary>Text of a client as letters, for programs.</summary>
    public static string Letters(string text) => HeaderText.Shown(text);

    /// <summary>Text of a client as it may stand on a page.</summary>
    public static string Text(string text) => VisibleText.Of(HeaderText.Shown(text));

    /// <summary>Its request line with scheme and host.</summary>
    public static string Line(PastRequest request) => Text($"{request.Method} {request.Scheme}://{request.Host}{request.Path}");

    /// <summary>Its method, host and path.</summary>
    public static string Short(PastRequest request) => Text($"{request.Method} {request.Host}{request.Path}");

    /// <summary>The last server that was asked, and how many before it; a dash for none.</summary>
    public static string Servers(PastRequest request) =>
        request.Before is { } before ? $"{request.Last.Address} (+{before.Length})" : request.Last.Address ?? "–";

    /// <summary>When it ended, to the second: <c>2026-03-04 05:06:07 UTC</c>.</summary>
    public static string Moment(PastRequest request) => request.Ended.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>How long it took.</summary>
    public static string Took(PastRequest request) => Span(request.Duration);

    /// <summary>The class of a status for its looks: good, warn or bad.</summary>
    public static string Look(PastRequest request) =>
        RequestQuery.HasFailed(request) ? "bad"
        : request.Status >= 400 || request.HasLeft ? "warn"
        : "good";

    /// <summary>A sentence about what became of it.</summary>
    public static string Became(PastRequest request) =>
        request switch
        {
            { IsTunnel: true } => $"It became a WebSocket, or a connection of another protocol, and was open for {Span(request.Duration)}.",
            { Status: AnswerFacts.ClientLeft } => $"The client left after {Span(request.Duration)}, before it was answered.",
            { HasLeft: true } => $"The client left after {Span(request.Duration)}, before it had all of the answer.",
            { IsSpoilt: true } => $"The client spoilt it, after {Span(request.Duration)}: {request.Failure}",
            { Failure: { } failure, Last.Address: null } => $"No server was asked: {failure}",
            { Failure: not null } => $"It failed after {Span(request.Duration)}: {request.Failure}",
            { Last.Address: null, RouteName.Length: 0 } => "No route took it. The answer is Appliance's own.",
            { Last.Address: null } => "The answer is Appliance's own; no server was asked.",
            _ => $"{request.Last.Address} answered; the client had all of it after {Span(request.Duration)}.",
        };

    /// <summary>Where the time went, in order, in milliseconds.</summary>
    public static IReadOnlyList<(string Name, double Milliseconds)> Times(PastRequest request)
    {
        var parts = new List<(string, double)>();
        var inServers = request.Tries.Sum(one => one.Total.TotalMilliseconds);
        if (request.Duration.TotalMilliseconds - inServers is > 0 and var own)
            parts.Add(("in Appliance", own));
        foreach (var (number, one) in request.Tries.Index())
        {
            var name = request.Before is null ? "" : $"server {number + 1}: ";
            var connect = one.Connect?.TotalMilliseconds ?? 0;
            if (connect > 0)
                parts.Add(($"{name}connect", connect));
            if (one.Header is { } header)
            {
                parts.Add(($"{name}first byte", Math.Max(0, header.TotalMilliseconds - connect)));
                parts.Add(($"{name}body", Math.Max(0, (one.Total - header).TotalMilliseconds)));
            }
            else
            {
                parts.Add(($"{name}no answer", Math.Max(0, one.Total.TotalMilliseconds - connect)));
            }
        }

        return parts;
    }

    private static string Span(TimeSpan span) =>
        span.TotalSeconds < 60 ? Controls.Shown.Latency(Math.Max(0.1, span.TotalMilliseconds)) : Controls.Shown.Duration(span);
}
