using Appliance.Proxy.Items;

namespace Appliance.Proxy.Upstreams;

/// <summary>Checks one pool alone, without looking at the others.</summary>
internal static class UpstreamPoolRules
{
    public static void Check(UpstreamPool pool, Func<string, int, string?> destinationFault, DateTimeOffset now, ProblemList problems)
    {
        var path = $"upstreamPools/{pool.Name}";
        ItemNames.Check(pool.Name, $"{path}/name", problems);
        if (pool.Servers.IsEmpty)
            problems.Error($"{path}/servers", "no_server", "A pool needs at least one server.");
        else if (pool.Servers.All(server => server.Down || server.Backup))
            problems.Warning($"{path}/servers", "no_primary", "Every server is down or a backup; nothing answers in the ordinary case.");
        if (pool.KeepAliveTimeout < TimeSpan.Zero || pool.KeepAliveTimeout > TimeSpan.FromDays(1))
            problems.Error($"{path}/keepAliveTimeout", "out_of_range", "An idle connection is kept for 0s (not at all) to 1d.");
        if (pool.KeepAliveTime < TimeSpan.Zero || pool.KeepAliveTime > TimeSpan.FromDays(1))
            problems.Error($"{path}/keepAliveTime", "out_of_range", "The age of a connection is 0s (no limit) to 1d.");
        UpstreamTlsRules.Check(pool, $"{path}/tls", now, problems);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var index = 0; index < pool.Servers.Length; index++)
        {
            var server = pool.Servers[index];
            var at = $"{path}/servers/{index}";
            if (AddressFault(server.Address) is var (code, message))
                problems.Error($"{at}/address", code, message);
            else if (Uri.TryCreate(server.Address, UriKind.Absolute, out var url) && destinationFault(url.IdnHost, url.Port) is { } denied)
                problems.Error($"{at}/address", "denied_address", denied);
            else if (!seen.Add(server.Address.TrimEnd('/')))
                problems.Error(
                    $"{at}/address",
                    "duplicate_server",
                    $"{server.Address} is in this pool twice; use weight to give it more work."
                );
            if (server.Weight is < 1 or > 65535)
                problems.Error($"{at}/weight", "out_of_range", "A weight is 1 to 65535.");
            if (server.MaxFails < 0)
                problems.Error($"{at}/maxFails", "out_of_range", "Failures are 0 (never taken out) or more.");
            if (server.MaxConns < 0)
                problems.Error($"{at}/maxConns", "out_of_range", "The limit is 0 (none) or more.");
            if (server.FailTimeout <= TimeSpan.Zero || server.FailTimeout > TimeSpan.FromDays(1))
                problems.Error($"{at}/failTimeout", "out_of_range", "The time out of service is more than 0s and at most 1d.");
            if (server.Backup && pool.Balancing is Balancing.IpHash or Balancing.Random && server.Backup)
                problems.Error($"{at}/backup", "backup_not_possible", "Balancing ip_hash and random have no backup servers.");
        }
    }

    private static (string Code, string Message)? AddressFault(string address)
    {
        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
            return ("bad_address", $"\"{address}\" is not an address; write it as http://host:port.");
        if (address[..scheme].ToLowerInvariant() is not ("http" or "https" or "h2c"))
            return ("unknown_scheme", $"\"{address[..scheme]}\" is not a scheme of a server; use http, https or h2c.");
        var rest = address[(scheme + 3)..].TrimEnd('/');
        if (rest.AsSpan().ContainsAny("/?#"))
            return ("path_in_address", $"\"{address}\" has a path; set the upstream path at the route instead.");
        if (rest.Contains('@', StringComparison.Ordinal))
            return ("bad_address", "An address has no user name; set an Authorization header by a rule at the route instead.");
        if (!rest.StartsWith('[') && rest.AsSpan().Count(':') > 1)
            return (
                "bad_address",
                $"\"{rest}\" has an IPv6 address without brackets; write the address in brackets, as http://[fd00::1]:80."
            );
        var colon = rest.StartsWith('[') ? rest.IndexOf("]:", StringComparison.Ordinal) + 1 : rest.LastIndexOf(':');
        if (
            colon > 0
            && (!int.TryParse(rest.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out var port) || port is < 1 or > 65535)
        )
            return ("bad_port", $"\"{rest[(colon + 1)..]}\" is not a port; a port is 1 to 65535.");
        var host = colon > 0 ? rest[..colon] : rest;
        if (IsNumeric(host) && !System.Net.IPAddress.TryParse(host, out _))
            return ("bad_address", $"\"{host}\" is not an IPv4 address; it has four numbers of 0 to 255, as 10.0.0.1.");
        return
            host.Length == 0
            || Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown
            || !Uri.TryCreate("http://" + rest, UriKind.Absolute, out _)
            ? ("bad_address", $"\"{host}\" is not a host name or an address.")
            : null;
    }

    // A name whose last part is a number is read as an IPv4 address everywhere (URL standard, 3.5), so that no name is lost.
    private static bool IsNumeric(string host) =>
        host.Length > 0
        && host.All(character => char.IsAsciiDigit(character) || character == '.')
        && host.Contains('.', StringComparison.Ordinal);
}
