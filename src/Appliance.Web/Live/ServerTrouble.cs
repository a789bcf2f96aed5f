using Appliance.Proxy.Upstreams;

namespace Appliance.Web.Live;

/// <summary>Whether a server needs a look although it may be chosen.</summary>
public static class ServerTrouble
{
    /// <summary>How long a failure of a server that is still used is shown.</summary>
    public static readonly TimeSpan LatelyFor = TimeSpan.FromMinutes(1);

    /// <summary>
    /// True for a server that failed a moment ago, but not often enough to be taken out.
    /// </summary>
    public static bool FailedLately(ServerView server, DateTimeOffset now) =>
        server.Condition == ServerCondition.Up && server.LastErrorAt is { } at && now - at < LatelyFor;

    /// <summary>The order of servers by trouble: the smaller, the worse.</summary>
    public static int Rank(ServerView server, DateTimeOffset now) =>
        server.Condition switch
        {
            _ when server.IsFailing => 0,
            ServerCondition.Full => 1,
            ServerCondition.Untried => 3,
            ServerCondition.Up => FailedLately(server, now) ? 2 : 3,
            _ => 4,
        };
}
