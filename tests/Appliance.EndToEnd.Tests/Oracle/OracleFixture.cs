using System.Diagnostics;
using System.Text;
using Appliance.Proxy.Config;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Oracle;

/// <summary>One nginx and one proxy that carry all cases, and the back end that both send to.</summary>
public sealed class OracleFixture : IAsyncLifetime
{
    private readonly RecordingBackend _backend = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oracle-");
    private readonly int _nginxPort = FreePorts.Next();
    private Process? _nginx;
    private ProxyUnderTest? _proxy;

    /// <summary>Where Debian puts it.</summary>
    private static string? Nginx => new[] { "/usr/sbin/nginx", "/usr/bin/nginx" }.FirstOrDefault(File.Exists);

    /// <summary>The program; its name alone where it is not installed.</summary>
    public static string Program => Nginx ?? "nginx";

    /// <summary>False where nginx is not installed; CI has it.</summary>
    public static bool HasNginx => Nginx is not null;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var cases = OracleCase.Names.Select(name => (name, one: OracleCase.Read(name))).ToList();
        var configs = cases.Select(pair => pair.one.Config(pair.name)).ToList();
        var config = new ProxyConfig
        {
            Routes = [.. configs.SelectMany(one => one.Routes)],
            HeaderMaps = [.. configs.SelectMany(one => one.HeaderMaps)],
            UpstreamPools = [Configs.Pool("b", _backend.Address)],
        };
        new ConfigValidator().Check(ProxyConfig.Empty, config).Errors.ShouldBeEmpty();
        _proxy = await ProxyUnderTest.StartAsync(config);
        if (Nginx is not { } program)
            return;
        var file = Path.Combine(_folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(file, NginxConfig(cases.Select(pair => pair.one)));
        _nginx = Process.Start(new ProcessStartInfo(program, ["-p", _folder.FullName, "-c", file]) { RedirectStandardError = true })!; // the file exists
        await Eventually.TrueAsync(
            async () =>
            {
                if (_nginx.HasExited)
                    throw new InvalidOperationException(await _nginx.StandardError.ReadToEndAsync());
                try
                {
                    return (await RawHttp.GetAsync(_nginxPort, "/", "nobody")).Status > 0;
                }
                catch (System.Net.Sockets.SocketException)
                {
                    return false;
                }
            },
            "nginx answers"
        );
    }

    /// <summary>What nginx does.</summary>
    public Task<OracleSeen> NginxAsync(OracleCase one) => AskAsync(_nginxPort, one);

    /// <summary>What we do.</summary>
    public Task<OracleSeen> OursAsync(OracleCase one) => AskAsync(_proxy!.Port, one); // started above

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_nginx is not null)
        {
            _nginx.Kill(entireProcessTree: true);
            await _nginx.WaitForExitAsync();
        }

        if (_proxy is not null)
            await _proxy.DisposeAsync();
        await _backend.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    // Tests of one class run one after the other, so the newest request is this one's.
    private async Task<OracleSeen> AskAsync(int port, OracleCase one)
    {
        var before = _backend.Requests.Count;
        var answer = await RawHttp.GetAsync(port, one.Target, one.Host, string.Concat(one.Headers.Select(line => line + "\r\n")));
        var seen = _backend.Requests.Skip(before).SingleOrDefault();
        if (seen is null)
            return new(answer.Status, null, Relative(answer.Value("Location"), one), []);
        return new(
            answer.Status,
            seen.Target,
            null,
            one.Watch.Where(name => seen.Value(name) is not null).ToDictionary(name => name, name => seen.Value(name)!)
        ); // just looked
    }

    // nginx answers a missing slash with an absolute URL of its own port, we with a relative one: the same address (RFC 9110, 10.2.2).
    private static string? Relative(string? location, OracleCase one) =>
        location is not null
        && System.Text.RegularExpressions.Regex.Match(
            location,
            $"^http://{System.Text.RegularExpressions.Regex.Escape(one.Host)}:[0-9]+(/.*)$"
        )
            is { Success: true } match
            ? match.Groups[1].Value
            : location;

    private string NginxConfig(IEnumerable<OracleCase> cases)
    {
        var text = new StringBuilder(
            $$"""
            daemon off; worker_processes 1; pid {{_folder.FullName}}/pid; error_log stderr crit;
            events { worker_connections 512; }
            http {
              access_log off; server_names_hash_bucket_size 128; map_hash_bucket_size 128; variables_hash_max_size 4096;
              client_body_temp_path {{_folder.FullName}}; proxy_temp_path {{_folder.FullName}}; fastcgi_temp_path {{_folder.FullName}};
              uwsgi_temp_path {{_folder.FullName}}; scgi_temp_path {{_folder.FullName}};
              server { listen 127.0.0.1:{{_nginxPort}} default_server; return 404; }

            """
        );
        foreach (var one in cases)
        {
            text.AppendLine(one.NginxHttp);
            foreach (var server in one.NginxServers)
                text.AppendLine(
                    $"server {{ listen 127.0.0.1:{_nginxPort}; server_name {server.Names}; {server.Body.Replace("$B", _backend.Address, StringComparison.Ordinal)} }}"
                );
        }

        return text.AppendLine("}").ToString();
    }
}
