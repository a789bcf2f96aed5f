namespace Appliance.Web.Tests.Guards;

/// <summary>A top folder of a project, the floor it stands on, and what it knows there: it may import what stands below it, and nothing beside or above it.</summary>
internal sealed record Floor(int Number, string Folder, string Reason);

/// <summary>The floors of the projects. Folders below a top folder share its floor. A new top folder gets its line here, with a reason.</summary>
internal static class Floors
{
    /// <summary>What stands in no folder: types of the project's own namespace.</summary>
    public const string Top = "(top)";

    /// <summary>From the project's name to its floors. A project is guarded once it has a line here.</summary>
    public static IReadOnlyDictionary<string, Floor[]> Of { get; } = new Dictionary<string, Floor[]>(StringComparer.Ordinal)
    {
        ["Appliance.Proxy"] =
        [
            new(1, "Items", "what an item, a name, a problem and a time span is; every rule of the config is made of them"),
            new(1, "Traffic", "counters, which know nothing of what they count"),
            new(1, "Memory", "how much memory is left: event loops ask it before they take more"),
            new(2, "Epoll", "sockets and event loops; they know bytes, and no protocol above TLS"),
            new(2, "Variables", "a request as facts, templates, nginx's regexes; maps are reached through MapValues"),
            new(3, "Headers", "rules for header lines: a rule's value is a template"),
            new(3, "Certificates", "which certificate a name gets, and whom to trust; listeners, connections to servers and policies ask for both"),
            new(4, "HeaderMaps", "maps are checked and rendered as values of header rules are"),
            new(4, "WebSocketPolicies", "what a route allows WebSockets; it names headers, and nothing of a connection"),
            new(4, "Edge", "every request by its bytes, and our own pages: what comes later answers with these pages, so it stands above"),
            new(4, "Dialing", "names, connects and TLS to servers, for requests, WebSockets and checks alike"),
            new(5, "Upstreams", "which server: a pool's servers are dialled"),
            new(6, "Routing", "which route: a route names its pool, its rules, its maps and its policy of WebSockets"),
            new(7, "TlsPolicies", "what hosts demand of clients: a policy names hosts by the patterns of routes"),
            new(8, "Tls", "listening: a handshake asks the shelf for a certificate and the policies for their demands"),
            new(8, "Connections", "what is open, what ended, what is drained by route or pool, and the frames that passed: a flow is metered frame by frame"),
            new(8, "Config", "the whole, checked: it knows every kind of item, and no item knows it"),
            new(9, "WebSockets", "a handshake agreed on and its bytes carried; what it opens, it gives to Connections"),
            new(9, "Snapshots", "a config compiled and published; what is open follows it, so it stands above Connections"),
            new(10, "Forwarding", "a request's way through all of them: it begins with the snapshot of its moment"),
            new(11, Top, "the host and its options: wiring; rooms get values, and never the options"),
        ],
    };
}
