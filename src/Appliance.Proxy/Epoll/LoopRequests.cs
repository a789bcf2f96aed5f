using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Proxy.Epoll;

/// <summary>Requests that begin on the thread of their connection's event loop.</summary>
internal static class LoopRequests
{
    /// <summary>Connection middleware for listeners without TLS: <see cref="RunOnLoop"/> from the first byte.</summary>
    public static void UseLoopThread(this IConnectionBuilder listen) =>
        listen.Use(next =>
            context =>
            {
                context.Features.RunOnLoop();
                return next(context);
            }
        );

    /// <summary>
    /// From here on the connection's requests begin on its loop; nothing happens to a connection without one. Under TLS only behind the
    /// handshake, which would hold the loop up. What answers the requests must leave the loop (<see cref="LoopThread.LeaveAsync"/>) before
    /// it may block.
    /// </summary>
    public static void RunOnLoop(this IFeatureCollection features)
    {
        if (features.Get<EpollConnection>() is not { } connection)
            return;
        features.Set(new OnLoop());
        connection.Socket.RunInPlace(true);
    }

    /// <summary>
    /// From here on the request's connection is carried on its loop, or on the thread pool: for what may block. To be called while nobody
    /// reads or writes it. Only connections of <see cref="RunOnLoop"/> are carried on the loop.
    /// </summary>
    public static void CarryOnLoop(this IFeatureCollection features, bool onLoop)
    {
        if (features.Get<EpollConnection>() is { } connection && (!onLoop || features.Get<OnLoop>() is not null))
            connection.Socket.RunInPlace(onLoop);
    }

    private sealed class OnLoop;
}
