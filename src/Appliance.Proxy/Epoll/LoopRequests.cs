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
    /// <param name="features">The connection's.</param>
    /// <param name="isShared">
    /// True for HTTP/2, whose requests run on the thread pool: only its bytes are read and opened on the loop.
    /// </param>
    public static void RunOnLoop(this IFeatureCollection features, bool isShared = false)
    {
        if (features.Get<EpollConnection>() is not { } connection)
            return;
        if (!isShared)
            features.Set(new OnLoop());
        connection.Socket.RunInPlace(true);
    }

    /// <summary>
    /// From here on the request's connection is carried on its loop, or on the thread pool: for what may block. To be called while nobody
    /// reads or writes it. Only connections of <see cref="RunOnLoop"/> have the choice; nothing happens to others.
    /// </summary>
    public static void CarryOnLoop(this IFeatureCollection features, bool onLoop)
    {
        if (features.Get<OnLoop>() is not null && features.Get<EpollConnection>() is { } connection)
            connection.Socket.RunInPlace(onLoop);
    }

    private sealed class OnLoop;
}
