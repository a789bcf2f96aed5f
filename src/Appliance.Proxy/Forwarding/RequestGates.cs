using System.Collections.Immutable;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Snapshots;
using Appliance.Proxy.Tls;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Variables;
using Appliance.Proxy.WebSockets.Handshake;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Forwarding;

/// <summary>A request on its way through the gates.</summary>
/// <param name="context">The request and its response.</param>
/// <param name="snapshot">The config that it began with.</param>
internal sealed class GatedRequest(HttpContext context, ProxySnapshot snapshot)
{
    /// <summary>The request and its response.</summary>
    public HttpContext Context => context;

    /// <summary>The config that it began with.</summary>
    public ProxySnapshot Snapshot => snapshot;

    /// <summary>The request as facts; null until the gate that reads them.</summary>
    public RequestFacts? Facts { get; set; }

    /// <summary>What belongs to the client's connection; null where nothing does.</summary>
    public OwnConnections? Own { get; init; }

    /// <summary>What is kept of the answer.</summary>
    public required AnswerFacts Answer { get; init; }

    /// <summary>A route was found for it, which counts it.</summary>
    public bool HasRoute { get; set; }
}

/// <summary>One question that a request is asked before a route is chosen for it.</summary>
/// <param name="Name">What is asked.</param>
/// <param name="Page">The page of the docs that tells of it, below <c>docs</c>.</param>
/// <param name="IsAnsweredAsync">True when the gate has answered the request, which then goes no further.</param>
internal sealed record Gate(string Name, string Page, Func<GatedRequest, ValueTask<bool>> IsAnsweredAsync);

/// <summary>The gates in front of the routes, in their order. What a later gate asks, an earlier one has made safe to ask.</summary>
internal sealed class RequestGates
{
    private readonly RequestGate _bytes;
    private readonly FactsOfRequest _facts;
    private readonly ChallengeAnswers _challenges;
    private readonly CertificateShelf _certificates;
    private readonly ILogger _log;

    /// <summary>Makes the gates in their order.</summary>
    public RequestGates(RequestGate bytes, FactsOfRequest facts, ChallengeAnswers challenges, CertificateShelf certificates, ILogger log)
    {
        _bytes = bytes;
        _facts = facts;
        _challenges = challenges;
        _certificates = certificates;
        _log = log;
        All =
        [
            new("Bytes: a request that every server reads alike", "features/requests.md", AreBytesRefusedAsync),
            new("Method: no CONNECT and no TRACE", "features/requests.md", IsMethodRefusedAsync),
            new("Challenge: an authority asks before there is a route", "features/acme.md", IsChallengeAsync),
            new("Target: a path and a host that can be read", "features/routing.md", IsTargetRefusedAsync),
            new("Misdirection: a name that belongs to this connection", "features/tls.md", IsMisdirectedAsync),
            new("TLS policy: what the host demands of its clients", "features/tls-policies.md", IsRefusedByPolicyAsync),
        ];
    }

    /// <summary>In the order in which they are asked.</summary>
    public ImmutableArray<Gate> All { get; }

    private async ValueTask<bool> AreBytesRefusedAsync(GatedRequest request)
    {
        if (_bytes.Judge(request.Context) is not { } refusal)
            return false;
        if (!HttpProtocol.IsHttp2(request.Context.Request.Protocol))
            request.Context.Response.Headers.Connection = "close";
        await OwnPage.WriteAsync(request.Context, refusal.Status, refusal.Sentence);
        return true;
    }

    // CONNECT and TRACE are refused as nginx refuses them: we are no forward proxy, and TRACE echoes secrets. An extended CONNECT (RFC
    // 8441) is the one shape that is neither: it opens a WebSocket over HTTP/2.
    private static async ValueTask<bool> IsMethodRefusedAsync(GatedRequest request)
    {
        var method = request.Context.Request.Method;
        if (!HttpMethods.IsTrace(method) && (!HttpMethods.IsConnect(method) || WebSocketHandshake.IsExtendedConnect(request.Context)))
            return false;
        await OwnPage.WriteAsync(request.Context, StatusCodes.Status405MethodNotAllowed, "This method is not accepted here.");
        return true;
    }

    private async ValueTask<bool> IsChallengeAsync(GatedRequest request) => await _challenges.AnswersAsync(request.Context);

    private async ValueTask<bool> IsTargetRefusedAsync(GatedRequest request)
    {
        request.Facts = _facts.Read(request.Context, request.Snapshot.Maps);
        if (request.Facts is not null)
            return false;
        await OwnPage.WriteAsync(request.Context, StatusCodes.Status400BadRequest, "The request target cannot be read.");
        return true;
    }

    private async ValueTask<bool> IsMisdirectedAsync(GatedRequest request)
    {
        if (!Misdirection.Is(request.Context, request.Facts!.Host, _certificates)) // the gate before this one has read them
            return false;
        await OwnPage.WriteAsync(
            request.Context,
            StatusCodes.Status421MisdirectedRequest,
            "This connection is for another name; please come again over one of its own."
        );
        return true;
    }

    private async ValueTask<bool> IsRefusedByPolicyAsync(GatedRequest request)
    {
        var policies = request.Snapshot.TlsPolicies;
        return !policies.IsEmpty && await PolicyGate.AnsweredAsync(request.Context, policies, request.Facts!, _log); // read before
    }
}
