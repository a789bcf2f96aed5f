using Microsoft.Extensions.Options;

namespace Appliance.Web.Logs;

/// <summary>Which lines are written, as the framework's rules: the longest category that fits counts.</summary>
internal sealed class LogFilters(LogSwitch log, string always) : IConfigureOptions<LoggerFilterOptions>
{
    private const string Forwarder = "Yarp.ReverseProxy.Forwarder.HttpForwarder";

    // Below a warning these write what must not be in a log, at any level: tokens in the addresses of sign-in links and of proxied
    // requests, codes of OpenID Connect, and what people type.
    private static readonly string[] _tellers =
    [
        "Microsoft.AspNetCore.Hosting.Diagnostics", // each request with its query
        "Microsoft.AspNetCore.Http.Result", // where a redirect leads, at a sign-out with the token of the provider
        "Microsoft.AspNetCore.Server.Kestrel.BadRequests", // a request line that cannot be read
        "Microsoft.AspNetCore.Components.Routing", // the address of a page
        "Microsoft.AspNetCore.Components.Server", // the same, what scripts of the page answer, and secrets of circuits
        "Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", // every call of a page with its arguments, as a field's new text
        Forwarder, // the address that a server is asked for
    ];

    /// <inheritdoc/>
    public void Configure(LoggerFilterOptions options)
    {
        var state = log.State;
        options.MinLevel = state.Level;
        void Rule(string category, LogLevel level) => options.Rules.Add(new(null, category, level, null));
        foreach (var area in LogArea.All)
        {
            foreach (var category in area.Categories)
                Rule(category, state.LevelOf(area));
        }

        var frameworks = state.LevelOf(LogArea.Find(LogArea.Frameworks)!); // it is in the list
        foreach (var teller in _tellers)
            Rule(teller, frameworks > LogLevel.Warning ? frameworks : LogLevel.Warning);

        // A warning with a stack trace for every request that a server does not answer fills disks while that server is away. Pools say it
        // once; debug says all of it.
        if (frameworks is > LogLevel.Debug and < LogLevel.Error)
            Rule(Forwarder, LogLevel.Error);

        // A host that cannot start says so with a stack trace; we say it in a sentence.
        Rule("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);

        // Every refused sign-in would be an error with a stack trace, and a trace would hold codes; the refusal itself is our warning.
        Rule("Microsoft.AspNetCore.Authentication.OpenIdConnect", LogLevel.None);
        Rule(always, LogLevel.Information);
    }
}
