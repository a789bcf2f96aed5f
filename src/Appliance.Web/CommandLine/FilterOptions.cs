using System.CommandLine;
using Appliance.Web.Control;

namespace Appliance.Web.CommandLine;

/// <summary>The filters of <c>connections</c> and <c>close</c>: the same words, judged by the running process.</summary>
internal sealed class FilterOptions
{
    private readonly Option<string?> _route = new("--route") { Description = "Of the route with this name.", HelpName = "NAME" };
    private readonly Option<string?> _pool = new("--pool") { Description = "To the pool with this name.", HelpName = "NAME" };
    private readonly Option<string?> _server = new("--server")
    {
        Description = "To this server, as configured: http://10.0.0.1:80.",
        HelpName = "ADDRESS",
    };
    private readonly Option<string?> _client = new("--client")
    {
        Description = "From this client or network: 10.0.0.7, 10.0.0.0/8.",
        HelpName = "ADDRESS",
    };
    private readonly Option<string?> _olderThan = new("--older-than")
    {
        Description = "Open for at least this long: 5m, 1h.",
        HelpName = "TIME",
    };
    private readonly Option<string?> _idle = new("--idle")
    {
        Description = "Without a byte for at least this long: 30s.",
        HelpName = "TIME",
    };
    private readonly Option<long?> _beforeRevision = new("--before-revision")
    {
        Description = "Opened before this revision was live.",
        HelpName = "N",
    };
    private readonly Option<string?> _search = new("--search")
    {
        Description = "With all these words in route, pool, server, client, host, path, origin, user agent, subprotocol or protocol.",
        HelpName = "WORDS",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _route, _pool, _server, _client, _olderThan, _idle, _beforeRevision, _search })
            command.Options.Add(option);
    }

    public FilterTexts Read(ParseResult parsed) =>
        new()
        {
            Route = parsed.GetValue(_route),
            Pool = parsed.GetValue(_pool),
            Server = parsed.GetValue(_server),
            Client = parsed.GetValue(_client),
            OlderThan = parsed.GetValue(_olderThan),
            Idle = parsed.GetValue(_idle),
            BeforeRevision = parsed.GetValue(_beforeRevision),
            Search = parsed.GetValue(_search),
        };
}
