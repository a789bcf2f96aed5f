using Appliance.Proxy.Headers;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.WebSocketPolicies;

/// <summary>Checks what a route says about WebSockets.</summary>
internal static class WebSocketPolicyRules
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(30);

    public static void Check(WebSocketPolicy policy, string path, ProblemList problems)
    {
        Time(
            policy.HandshakeTimeout,
            TimeSpan.FromHours(1),
            "handshakeTimeout",
            "The handshake timeout is 0s (the connect and read timeouts count) to 1h."
        );
        Time(policy.IdleTimeout, _longest, "idleTimeout", "The idle limit is 0s (never) to 30d.");
        Time(policy.MaxLifetime, _longest, "maxLifetime", "The lifetime is 0s (unlimited) to 30d.");
        Time(policy.PingInterval, _longest, "pingInterval", "The ping interval is 0s (no pings) to 30d.");
        if (policy.PingInterval > TimeSpan.Zero && policy.PingInterval < TimeSpan.FromSeconds(1))
            problems.Error($"{path}/pingInterval", "out_of_range", "The ping interval is at least 1s; 0s sends none.");
        if (policy.PingTimeout < TimeSpan.FromSeconds(1) || policy.PingTimeout > TimeSpan.FromHours(1))
            problems.Error($"{path}/pingTimeout", "out_of_range", "The time to answer a ping is 1s to 1h.");
        if (policy.LifetimeJitter is < 0 or > 90)
            problems.Error($"{path}/lifetimeJitter", "out_of_range", "The jitter is 0 to 90 percent.");
        Number(policy.MaxPerClient, "maxPerClient");
        Number(policy.MaxSockets, "maxSockets");
        Number(policy.MaxMessageBytes, "maxMessageBytes");
        Number(policy.MaxMessageRate, "maxMessageRate");
        for (var at = 0; at < policy.AllowedOrigins.Length; at++)
        {
            if (OriginMask.Fault(policy.AllowedOrigins[at]) is { } fault)
                problems.Error($"{path}/allowedOrigins/{at}", "bad_origin", fault);
        }

        for (var at = 0; at < policy.AllowedSubprotocols.Length; at++)
        {
            // RFC 6455, 4.1: a token of RFC 9110.
            if (!HeaderRuleRules.IsToken(policy.AllowedSubprotocols[at]))
                problems.Error(
                    $"{path}/allowedSubprotocols/{at}",
                    "bad_subprotocol",
                    $"\"{policy.AllowedSubprotocols[at]}\" is not a subprotocol; it is a word without blanks and commas, as "
                        + "graphql-transport-ws."
                );
        }

        void Time(TimeSpan value, TimeSpan most, string member, string sentence)
        {
            if (value < TimeSpan.Zero || value > most)
                problems.Error($"{path}/{member}", "out_of_range", sentence);
        }

        void Number(long value, string member)
        {
            if (value < 0)
                problems.Error($"{path}/{member}", "out_of_range", "The limit is 0 (none) or more.");
        }
    }
}
