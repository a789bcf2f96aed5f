namespace Appliance.Web.Tests.Guards;

/// <summary>
/// A top folder of a project, the floor it stands on, and what it knows there: it may import what stands below it, and nothing beside or
/// above it.
/// </summary>
internal sealed record Floor(int Number, string Folder, string Reason);

/// <summary>
/// The floors of the projects. Folders below a top folder share its floor. A new top folder gets its line here, with a reason.
/// </summary>
internal static class Floors
{
    /// <summary>What stands in no folder: types of the project's own namespace.</summary>
    public const string Top = "(top)";

    /// <summary>From the project's name to its floors. A project is guarded once it has a line here.</summary>
    public static IReadOnlyDictionary<string, Floor[]> Of { get; } =
        new Dictionary<string, Floor[]>(StringComparer.Ordinal)
        {
            ["Appliance.Proxy"] =
            [
                new(1, "Items", "what an item, a name, a problem and a time span is; every rule of the config is made of them"),
                new(1, "Traffic", "counters, which know nothing of what they count"),
                new(1, "Memory", "how much memory is left: event loops ask it before they take more"),
                new(2, "Epoll", "sockets and event loops; they know bytes, and no protocol above TLS"),
                new(2, "Variables", "a request as facts, templates, nginx's regexes; maps are reached through MapValues"),
                new(3, "AccessLogs", "lines of what is over, in batches: variables are written, and nothing else is known of a request"),
                new(3, "Headers", "rules for header lines: a rule's value is a template"),
                new(
                    3,
                    "Certificates",
                    "which certificate a name gets, and whom to trust; listeners, connections to servers and policies ask for both"
                ),
                new(4, "HeaderMaps", "maps are checked and rendered as values of header rules are"),
                new(4, "WebSocketPolicies", "what a route allows WebSockets; it names headers, and nothing of a connection"),
                new(
                    4,
                    "Edge",
                    "every request by its bytes, and our own pages: what comes later answers with these pages, so it stands above"
                ),
                new(4, "Dialing", "names, connects and TLS to servers, for requests, WebSockets and checks alike"),
                new(5, "Upstreams", "which server: a pool's servers are dialled"),
                new(6, "Http1", "HTTP/1.1 to servers: a server of a pool is dialled, and what it answers is read"),
                new(6, "Routing", "which route: a route names its pool, its rules, its maps and its policy of WebSockets"),
                new(7, "TlsPolicies", "what hosts demand of clients: a policy names hosts by the patterns of routes"),
                new(8, "Tls", "listening: a handshake asks the shelf for a certificate and the policies for their demands"),
                new(
                    8,
                    "Connections",
                    "what is open, what ended, what is drained by route or pool, and the frames that passed: a flow is metered "
                        + "frame by frame"
                ),
                new(8, "Config", "the whole, checked: it knows every kind of item, and no item knows it"),
                new(9, "WebSockets", "a handshake agreed on and its bytes carried; what it opens, it gives to Connections"),
                new(9, "Snapshots", "a config compiled and published; what is open follows it, so it stands above Connections"),
                new(10, "Forwarding", "a request's way through all of them: it begins with the snapshot of its moment"),
                new(12, Top, "the host and its options: wiring; rooms get values, and never the options"),
            ],
            ["Appliance.Data"] =
            [
                new(0, Top, "the database file and its context: every store opens it, and it knows every row, as the framework asks"),
                new(1, "Rights", "who acts and what they may do: every store asks, and the audit is read by administrators alone"),
                new(1, "Sealing", "seals bytes, whatever they are"),
                new(2, "Audit", "every other store writes its entry in the transaction of the deed"),
                new(3, "Accounts", "people and sessions; a change of them has its entry"),
                new(3, "Certificates", "what the product holds, sealed; a change has its entry"),
                new(3, "Revisions", "the config's versions, and what nodes report of them; a save has its entry"),
                new(4, "Notices", "what people were told of and which account has seen it, and the channels with their sealed secrets"),
                new(1, "Figures", "counters of the proxy by the minute and the hour, in a file that no other store knows"),
                new(3, "Migrations", "an old audit is given its chain on the way"),
            ],
            ["Appliance.Web"] =
            [
                new(1, "Controls", "the bricks of every page, and numbers as people read them; they know no page"),
                new(
                    1,
                    "Startup",
                    "how a process starts and ends: exit codes, what keeps it from starting, listening; hosts and commands ask it"
                ),
                new(
                    1,
                    "Requests",
                    "what every request passes before a page answers: HEAD, stale and unreadable forms; nothing of people and items"
                ),
                new(1, "Faces", "what the face of a kind of items is; each area has its own"),
                new(2, "Rights", "who may do what, and who uses an item; its bricks are made of Controls"),
                new(2, "Live", "the feed with raw facts: areas derive their figures from it, so it knows none of them"),
                new(2, "Search", "what can be found: pages and deeds, and items by their faces"),
                new(2, "SignIn", "who somebody is: sessions and ways in; every deed asks it, so it stands below all deeds"),
                new(3, "Deeds", "the one way in which pages do something: it asks who it is, tells the feed and shows a toast"),
                new(3, "Forms", "forms of any item: they show rights and sign-in, and know no item"),
                new(3, "Troubles", "what is wrong now, found in the feed and at the sign-in; areas register what they find"),
                new(4, "Editing", "forms and deeds of config items, whatever their kind"),
                new(4, "Sockets", "WebSockets as every area shows and ends them: counts, drains, and the door that closes them"),
                new(5, "Bulk", "deeds of Editing for many items; the lists of areas show it"),
                new(5, "Demo", "routes by the editor, and two servers; Hosting starts it"),
                new(3, "Trends", "figures of the past and their charts, made of the feed; areas show them"),
                new(6, "About", "an area: what runs here; it links to the others"),
                new(6, "Audit", "an area: what was done; others link to it"),
                new(6, "Certificates", "an area: the dashboard shows its panel without knowing it"),
                new(6, "Connections", "an area: what others show of WebSockets stands below it in Sockets"),
                new(6, "Dashboard", "an area: it shows panels that other areas register"),
                new(6, "HeaderMaps", "an area: the pages of one kind of items"),
                new(6, "History", "an area: revisions of all kinds of items, by their faces"),
                new(6, "Logs", "an area: what the log shows while the process runs; Hosting writes the log by it"),
                new(6, "Notices", "an area: when people are told of troubles, and through which channels; Frame shows its bell"),
                new(6, "OwnAccount", "an area: what people change of their own account"),
                new(6, "People", "an area: who may use the console"),
                new(6, "RequestPages", "an area: requests that are over; others link to it by its address"),
                new(6, "Routes", "an area: the pages of one kind of items"),
                new(6, "TlsPolicies", "an area: the pages of one kind of items"),
                new(6, "Upstreams", "an area: the pages of one kind of items"),
                new(7, "Frame", "the layout around all areas: it registers their deeds, faces and panels"),
                new(7, "Metrics", "what monitors read, from the feed and from figures of areas; it registers nothing with them"),
                new(8, "Support", "one file about the process, from metrics, the feed and the about page"),
                new(8, "Control", "the command line's way into the process: it asks areas, and Frame how many pages are open"),
                new(9, "Api", "what programs ask over HTTP: it edits by Editing, and knows kinds by their faces"),
                new(10, "Hosting", "the settings and the wiring: it knows everything that runs, and gives values to what stands below"),
                new(11, "CommandLine", "commands open the folder or start the server by Hosting"),
                new(11, Top, "the program starts a command, and _Imports.razor gives names to razor files of all folders"),
            ],
        };
}
