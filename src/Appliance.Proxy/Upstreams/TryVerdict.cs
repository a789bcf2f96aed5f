using Appliance.Proxy.Dialing;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Upstreams;

/// <summary>
/// What follows from how a try ended. The one place that says for what a server is blamed, for requests and for WebSocket handshakes alike.
/// </summary>
/// <param name="IsBlamed">It counts as a failure of the server (nginx: max_fails).</param>
/// <param name="Next">Whether another server may be asked.</param>
/// <param name="Status">What the client reads when nobody else answers; 0: the answer has begun, or nobody reads it.</param>
internal readonly record struct TryVerdict(bool IsBlamed, NextServer Next, int Status)
{
    /// <summary>The row of an end.</summary>
    public static TryVerdict Of(TryEnd end) =>
        end switch
        {
            TryEnd.Answered => new(false, NextServer.Never, 0),

            // What a server did.
            TryEnd.NotReached => new(true, NextServer.Always, StatusCodes.Status502BadGateway),
            TryEnd.NotReachedInTime => new(true, NextServer.Always, StatusCodes.Status504GatewayTimeout),
            TryEnd.Refused => new(true, NextServer.Always, StatusCodes.Status502BadGateway),
            TryEnd.NoAnswer => new(true, NextServer.WhenIdempotent, StatusCodes.Status502BadGateway),
            TryEnd.Late => new(true, NextServer.WhenIdempotent, StatusCodes.Status504GatewayTimeout),
            TryEnd.BadAnswer => new(true, NextServer.Never, StatusCodes.Status502BadGateway),
            TryEnd.CutAnswer => new(true, NextServer.Never, StatusCodes.Status502BadGateway),

            // What no server did, or may not have done.
            TryEnd.UnsureEnd => new(false, NextServer.Never, StatusCodes.Status502BadGateway),
            TryEnd.Stale => new(false, NextServer.WhenIdempotent, StatusCodes.Status502BadGateway),
            TryEnd.StaleUnsent => new(false, NextServer.Always, StatusCodes.Status502BadGateway),
            TryEnd.ClientGone => new(false, NextServer.Never, 0),
            TryEnd.ClientBroken => new(false, NextServer.Never, StatusCodes.Status400BadRequest),
            TryEnd.ClientTooSlow => new(false, NextServer.Never, StatusCodes.Status408RequestTimeout),
            TryEnd.Unsendable => new(false, NextServer.Never, StatusCodes.Status502BadGateway),
            TryEnd.Unwritable => new(false, NextServer.Never, StatusCodes.Status502BadGateway),
            TryEnd.Faulted => new(false, NextServer.Never, StatusCodes.Status500InternalServerError),
            TryEnd.LocalWant => new(false, NextServer.Always, StatusCodes.Status503ServiceUnavailable),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
