using Appliance.Proxy.Upstreams;

namespace Appliance.Web.Live;

/// <summary>Whether a server needs a look although it may be chosen.</summary>
public static class ServerTrouble
{
    /// <summary>How long a failure of a server that is still used is shown.</summary>
    public static readonly TimeSpan LatelyFor = TimeSpan.FromMinutes(1);

    /// <summary>
    /// True for a server that may be chosen and failed a moment ago. The only server of a pool is never taken out, so a dead one would read "up" for ever.
    /// </summary>
    public static bool FailedLately(ServerView server, DateTimeOffset now) =>
        server.Condition == ServerCondition.Up && server.LastErrorAt is { } at && now - at < LatelyFor;

    /// <summary>Smaller is worse.</summary>
    public static int Rank(ServerView server, DateTimeOffset now) => server.Condition switch
    {
        ServerCondition.Failing => 0,
        ServerCondition.Full => 1,
        ServerCondition.Trial => 2,
        ServerCondition.Up => FailedLately(server, now) ? 2 : 3,
        _ => 4,
    };
}
