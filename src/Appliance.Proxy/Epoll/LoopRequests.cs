using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Proxy.Epoll;

/// <summary>Requests that begin on the thread of their connection's event loop.</summary>
internal static class LoopRequests
{
    /// <summary>
    /// Connection middleware for listeners without TLS, whose handshakes would hold the loop up. What answers the requests must leave the
    /// loop (<see cref="LoopThread.LeaveAsync"/>) before it may block.
    /// </summary>
    public static void UseLoopThread(this IConnectionBuilder listen) =>
        listen.Use(next =>
            context =>
            {
                if (context.Features.Get<EpollConnection>() is { } connection)
                {
                    context.Features.Set(new OnLoop());
                    connection.Socket.RunInPlace(true);
                }

                return next(context);
            }
        );

    /// <summary>
    /// From here on the request's connection is carried on its loop, or on the thread pool: for what may block. To be called while nobody
    /// reads or writes it. Only connections of <see cref="UseLoopThread"/> are carried on the loop.
    /// </summary>
    public static void CarryOnLoop(this IFeatureCollection features, bool onLoop)
    {
        if (features.Get<EpollConnection>() is { } connection && (!onLoop || features.Get<OnLoop>() is not null))
            connection.Socket.RunInPlace(onLoop);
    }

    private sealed class OnLoop;
}
