using System.Globalization;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Forms;

namespace Appliance.Web.Upstreams;

/// <summary>A pool as text in the fields of its form.</summary>
public sealed class PoolDraft
{
    private static readonly UpstreamPool _defaults = new() { Name = "" };

    public string Name { get; set; } = "";
    public string Balancing { get; set; } = nameof(Proxy.Upstreams.Balancing.RoundRobin);
    public string Tags { get; set; } = "";
    public List<ServerDraft> Servers { get; set; } = [];
    public string KeepAliveTimeout { get; set; } = Texts.Time(_defaults.KeepAliveTimeout);
    public string KeepAliveTime { get; set; } = Texts.Time(_defaults.KeepAliveTime);
    public PoolTlsDraft Tls { get; set; } = new();

    public static PoolDraft Of(UpstreamPool pool) =>
        new()
        {
            Name = pool.Name,
            Balancing = pool.Balancing.ToString(),
            Tags = string.Join(' ', pool.Tags),
            Servers = [.. pool.Servers.Select(ServerDraft.Of)],
            KeepAliveTimeout = Texts.Time(pool.KeepAliveTimeout),
            KeepAliveTime = Texts.Time(pool.KeepAliveTime),
            Tls = PoolTlsDraft.Of(pool.Tls),
        };

    /// <summary>The pool it means; what cannot be read gets a problem and its default.</summary>
    public UpstreamPool Read(Guid id, List<FieldProblem> problems) =>
        new()
        {
            Id = id,
            Name = Name.Trim(),
            Balancing = Enum.TryParse<Balancing>(Balancing, out var balancing) ? balancing : Proxy.Upstreams.Balancing.RoundRobin,
            Tags = [.. Texts.Words(Tags)],
            Servers = [.. Servers.Select((server, index) => server.Read($"servers/{index}", problems))],
            KeepAliveTimeout = Texts.Time(KeepAliveTimeout, _defaults.KeepAliveTimeout, "keepAliveTimeout", problems),
            KeepAliveTime = Texts.Time(KeepAliveTime, _defaults.KeepAliveTime, "keepAliveTime", problems),
            Tls = Tls.Read(),
        };
}

/// <summary>A server as text.</summary>
public sealed class ServerDraft
{
    private static readonly UpstreamServer _defaults = new() { Address = "" };

    public string Address { get; set; } = "";
    public string Weight { get; set; } = "1";
    public bool Backup { get; set; }
    public bool Down { get; set; }
    public string MaxFails { get; set; } = "1";
    public string FailTimeout { get; set; } = Texts.Time(_defaults.FailTimeout);
    public string MaxConns { get; set; } = "0";

    public static ServerDraft Of(UpstreamServer server) =>
        new()
        {
            Address = server.Address,
            Weight = server.Weight.ToString(CultureInfo.InvariantCulture),
            Backup = server.Backup,
            Down = server.Down,
            MaxFails = server.MaxFails.ToString(CultureInfo.InvariantCulture),
            FailTimeout = Texts.Time(server.FailTimeout),
            MaxConns = server.MaxConns.ToString(CultureInfo.InvariantCulture),
        };

    public UpstreamServer Read(string path, List<FieldProblem> problems) =>
        new()
        {
            // People paste 10.0.0.1:8080; nginx takes that, too, and means http.
            // A scheme with one slash is a typo that the rules name; with another scheme in front it would be an address with a path.
            Address =
                Address.Trim() is { Length: > 0 } typed && !typed.Contains(":/", StringComparison.Ordinal)
                    ? "http://" + typed
                    : Address.Trim(),
            Weight = Texts.Number(Weight, 1, path + "/weight", problems),
            Backup = Backup,
            Down = Down,
            MaxFails = Texts.Number(MaxFails, 1, path + "/maxFails", problems),
            FailTimeout = Texts.Time(FailTimeout, _defaults.FailTimeout, path + "/failTimeout", problems),
            MaxConns = Texts.Number(MaxConns, 0, path + "/maxConns", problems),
        };
}
