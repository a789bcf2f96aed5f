using System.Collections.Immutable;

namespace Appliance.Web.Logs;

/// <summary>A part of the product whose lines in the log can have a level of their own.</summary>
/// <param name="Name">What people and commands call it.</param>
/// <param name="Words">What it writes about.</param>
/// <param name="Categories">The beginnings of the names of its loggers.</param>
public sealed record LogArea(string Name, string Words, ImmutableArray<string> Categories)
{
    /// <summary>The name for all areas together.</summary>
    public const string Everything = "everything";

    /// <summary>The name of the area of what is not ours.</summary>
    public const string Frameworks = "frameworks";

    /// <summary>All areas. A longer category goes before a shorter one, as <c>sign-in</c> before <c>console</c>.</summary>
    public static ImmutableArray<LogArea> All { get; } =
    [
        new("proxy", "requests, routing, revisions and all else of the proxy", ["Appliance.Proxy"]),
        new(
            "servers",
            "pools, names, connections to servers and what they answer",
            ["Appliance.Proxy.Upstreams", "Appliance.Proxy.Dialing", "Appliance.Proxy.Http1", "Appliance.Proxy.Forwarding"]
        ),
        new("websockets", "WebSockets: handshakes, relays, drains", ["Appliance.Proxy.WebSockets", "Appliance.Proxy.Connections"]),
        new(
            "certificates",
            "certificates, orders at authorities, TLS to clients",
            ["Appliance.Proxy.Certificates", "Appliance.Proxy.Tls", "Appliance.Web.Certificates"]
        ),
        new("console", "the console, commands, the start and the stop", ["Appliance.Web"]),
        new("sign-in", "sign-in, sessions and identity providers", ["Appliance.Web.SignIn"]),
        new("database", "the database and what is stored there", ["Appliance.Data", "Microsoft.EntityFrameworkCore"]),
        new(Frameworks, "the HTTP server and YARP; much text, for those who know them", ["Microsoft", "Yarp"]),
    ];

    /// <summary>The area of this name, or null.</summary>
    public static LogArea? Find(string name) => All.FirstOrDefault(area => area.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
