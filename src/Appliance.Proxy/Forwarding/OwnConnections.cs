using Appliance.Proxy.Upstreams;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Connections;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The connections to servers that belong to one client's connection alone, because somebody signs in on them
/// (<see cref="ConnectionSignIn"/>): one for each server of a pool, never lent to anybody else, closed with the client's connection. A
/// connection feature.
/// </summary>
internal sealed class OwnConnections(TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private List<One>? _all;
    private bool _isOver;

    /// <summary>The client's connection, as variables read it.</summary>
    public ConnectionFacts Client { get; } = new(time);

    /// <summary>The server of this pool on which this client has signed in last, or null.</summary>
    public ServerState? ServerOf(Guid pool)
    {
        lock (_gate)
            return _all?.FindLast(own => own.Pool == pool)?.Server;
    }

    /// <summary>The connection to a server that this client has, or null.</summary>
    public HttpMessageInvoker? Find(PoolConnections connections, ServerState server)
    {
        lock (_gate)
            return _all?.Find(own => own.Connections == connections && own.Server == server)?.Invoker;
    }

    /// <summary>The connection to a server, which this client has from now on.</summary>
    public HttpMessageInvoker Take(PoolConnections connections, Guid pool, ServerState server)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isOver, this);
            var mine = _all?.Find(own => own.Connections == connections && own.Server == server)
                ?? new(connections, pool, server, connections.MakeOwn());

            // What was made under settings that the pool no longer has is used by nobody. The last one is where this client goes.
            foreach (var old in _all?.FindAll(own => own.Pool == pool && own.Connections != connections) ?? [])
            {
                _all!.Remove(old); // it was found in it
                old.Invoker.Dispose();
            }

            _all?.Remove(mine);
            (_all ??= []).Add(mine);
            return mine.Invoker;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            foreach (var own in _all ?? [])
                own.Invoker.Dispose();
            _all = null;
        }
    }

    private sealed record One(PoolConnections Connections, Guid Pool, ServerState Server, HttpMessageInvoker Invoker);
}

/// <summary>Connection middleware that gives each client's connection its <see cref="OwnConnections"/>.</summary>
internal static class OwnConnectionsMiddleware
{
    /// <summary>They end when everything behind this has ended.</summary>
    public static void UseOwnConnections(this IConnectionBuilder listen, TimeProvider time) =>
        listen.Use(next =>
            async context =>
            {
                using var own = new OwnConnections(time);
                context.Features.Set(own);
                await next(context);
            }
        );
}
