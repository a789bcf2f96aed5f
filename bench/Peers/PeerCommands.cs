using System.Diagnostics;

namespace Appliance.Bench.Peers;

/// <summary>How each peer is started: the same job (all paths to one back end, WebSockets) said in its own words.</summary>
internal static class PeerCommands
{
    private static string Self => Path.Combine(AppContext.BaseDirectory, "Appliance.Bench.dll");

    /// <summary>What begins so goes to the back end over TLS.</summary>
    public const string SecureServerPath = "/tls/";

    /// <summary>The back end; with a certificate it listens with TLS, too.</summary>
    public static Task<Peer> BackendAsync(CancellationToken cancellationToken, BenchCertificate? certificate = null)
    {
        var port = Peer.FreePort();
        var secure = certificate is null ? 0 : Peer.FreePort();
        string[] tls = certificate is null ? [] : [secure.ToString(), certificate.Chain, certificate.Key];
        return Peer.StartAsync(
            "back end",
            port,
            _ => new("dotnet", [Self, "serve-backend", port.ToString(), .. tls]),
            cancellationToken,
            secure
        );
    }

    public static Task<Peer> RawYarpAsync(int backend, BenchCertificate certificate, CancellationToken cancellationToken)
    {
        var (port, secure) = (Peer.FreePort(), Peer.FreePort());
        return Peer.StartAsync(
            "raw YARP",
            port,
            _ =>
                new(
                    "dotnet",
                    [Self, "serve-yarp", port.ToString(), secure.ToString(), backend.ToString(), certificate.Chain, certificate.Key]
                ),
            cancellationToken,
            secure
        );
    }

    /// <summary>
    /// The format of the access log that nginx and the product write: <c>combined</c> or <c>json</c>; null: none is written.
    /// </summary>
    public static string? AccessLog { get; set; }

    // What the product's json has for a request, in nginx's words.
    private const string NginxJson = """
        log_format json escape=json '{"time":"$time_iso8601","request_id":"$request_id","remote_addr":"$remote_addr","remote_user":"$remote_user",'
          '"scheme":"$scheme","host":"$host","method":"$request_method","uri":"$request_uri","protocol":"$server_protocol","status":$status,'
          '"body_bytes_sent":$body_bytes_sent,"request_length":$request_length,"request_time":$request_time,"upstream_addr":"$upstream_addr",'
          '"upstream_status":"$upstream_status","upstream_connect_time":"$upstream_connect_time","upstream_header_time":"$upstream_header_time",'
          '"upstream_response_time":"$upstream_response_time","referer":"$http_referer","user_agent":"$http_user_agent","tls":"$ssl_protocol",'
          '"connection":$connection,"connection_requests":$connection_requests}';
        """;

    /// <summary>nginx as its documentation shows it, or with buffers for large messages: <c>proxy_buffer_size 64k</c>.</summary>
    public static Task<Peer> NginxAsync(Peer backend, BenchCertificate certificate, bool tuned, CancellationToken cancellationToken)
    {
        var (port, secure) = (Peer.FreePort(), Peer.FreePort());
        var buffers = tuned ? "proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 64k;" : "";
        return Peer.StartAsync(
            tuned ? "nginx 64k" : "nginx",
            port,
            folder =>
            {
                var file = Path.Combine(folder.FullName, "nginx.conf");
                File.WriteAllText(
                    file,
                    $$"""
                    worker_processes 2;
                    daemon off;
                    pid {{folder.FullName}}/nginx.pid;
                    error_log stderr warn;
                    worker_rlimit_nofile 20000;
                    events { worker_connections 19000; }
                    http {
                      {{(AccessLog is null ? "" : NginxJson)}}
                      access_log {{(AccessLog is null ? "off" : $"{folder.FullName}/access.log {AccessLog}")}};
                      client_body_temp_path {{folder.FullName}}; proxy_temp_path {{folder.FullName}}; fastcgi_temp_path {{folder.FullName}};
                      uwsgi_temp_path {{folder.FullName}}; scgi_temp_path {{folder.FullName}};
                      map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
                      upstream backend { server 127.0.0.1:{{backend.Port}}; keepalive 64; }
                      upstream secure { server 127.0.0.1:{{backend.SecurePort}}; keepalive 64; }
                      keepalive_requests 100000000;
                      client_max_body_size 2m;
                      server {
                        listen 127.0.0.1:{{port}} backlog=4096;
                        listen 127.0.0.1:{{secure}} ssl http2 backlog=4096;
                        ssl_certificate {{certificate.Chain}};
                        ssl_certificate_key {{certificate.Key}};
                        ssl_protocols TLSv1.2 TLSv1.3;
                        location {{SecureServerPath}} {
                          proxy_pass https://secure/;
                          proxy_http_version 1.1;
                          proxy_set_header Connection "";
                          proxy_set_header Host $host;
                        }
                        location / {
                          proxy_pass http://backend;
                          proxy_http_version 1.1;
                          proxy_set_header Upgrade $http_upgrade;
                          proxy_set_header Connection $connection_upgrade;
                          proxy_set_header Host $host;
                          proxy_read_timeout 600s;
                          {{buffers}}
                        }
                      }
                    }
                    """
                );
                return new("nginx", ["-p", folder.FullName, "-c", file]);
            },
            cancellationToken,
            secure
        );
    }

    public static Task<Peer> HaproxyAsync(Peer backend, BenchCertificate certificate, CancellationToken cancellationToken)
    {
        var (port, secure) = (Peer.FreePort(), Peer.FreePort());
        return Peer.StartAsync(
            "HAProxy",
            port,
            folder =>
            {
                var file = Path.Combine(folder.FullName, "haproxy.cfg");
                File.WriteAllText(
                    file,
                    $"""
                    global
                      nbthread 2
                      maxconn 9400
                    defaults
                      mode http
                      timeout connect 5s
                      timeout client 600s
                      timeout server 600s
                      timeout tunnel 600s
                    frontend in
                      bind 127.0.0.1:{port} backlog 4096
                      bind 127.0.0.1:{secure} ssl crt {certificate.Both} alpn h2,http/1.1 backlog 4096
                      acl to_secure path_beg {SecureServerPath}
                      use_backend secure if to_secure
                      default_backend out
                    backend out
                      server one 127.0.0.1:{backend.Port}
                    backend secure
                      http-request replace-path {SecureServerPath}(.*) /\1
                      server one 127.0.0.1:{backend.SecurePort} ssl verify none

                    """
                );
                return new("haproxy", ["-db", "-f", file]);
            },
            cancellationToken,
            secure
        );
    }

    public static Task<Peer> CaddyAsync(int backend, BenchCertificate certificate, CancellationToken cancellationToken)
    {
        var (port, secure) = (Peer.FreePort(), Peer.FreePort());
        return Peer.StartAsync(
            "Caddy",
            port,
            folder =>
            {
                var file = Path.Combine(folder.FullName, "Caddyfile");
                File.WriteAllText(
                    file,
                    $$"""
                    {
                      admin off
                      auto_https off
                    }
                    http://:{{port}} {
                      bind 127.0.0.1
                      reverse_proxy 127.0.0.1:{{backend}}
                    }
                    https://:{{secure}} {
                      bind 127.0.0.1
                      tls {{certificate.Chain}} {{certificate.Key}}
                      reverse_proxy 127.0.0.1:{{backend}}
                    }

                    """
                );
                var start = new ProcessStartInfo("caddy", ["run", "--config", file, "--adapter", "caddyfile"]);
                start.Environment["HOME"] = folder.FullName;
                start.Environment["XDG_DATA_HOME"] = folder.FullName;
                start.Environment["XDG_CONFIG_HOME"] = folder.FullName;
                return start;
            },
            cancellationToken,
            secure
        );
    }

    /// <summary>What the product is called when every frame is judged.</summary>
    public const string Limited = "Appliance with limits";

    /// <summary>
    /// The product as people run it: its own process, config applied through its own command. With <paramref name="limited"/>, its route
    /// has limits that nobody reaches, so that every frame is judged.
    /// </summary>
    public static async Task<Peer> ApplianceAsync(
        int backend,
        string dll,
        bool limited,
        CancellationToken cancellationToken,
        BenchCertificate? certificate = null,
        int secureBackend = 1
    )
    {
        var port = Peer.FreePort();
        var peer = await ApplianceAsync(dll, port, Peer.FreePort(), [], cancellationToken, limited ? Limited : "Appliance", certificate);
        var limits = limited ? """, "webSocket": { "maxMessageBytes": 1048576, "maxMessageRate": 1000000, "pingInterval": "30s" }""" : "";
        await ApplyAsync(
            dll,
            peer,
            $$"""
            { "routes": [ { "name": "all", "action": { "kind": "proxy", "pool": "backend" }{{limits}} },
                { "name": "secure", "path": "{{SecureServerPath}}", "action": { "kind": "proxy", "pool": "secure", "upstreamPath": "/" } } ],
              "upstreamPools": [ { "name": "backend", "servers": [ { "address": "http://127.0.0.1:{{backend}}" } ] },
                { "name": "secure", "servers": [ { "address": "https://127.0.0.1:{{secureBackend}}" } ], "tls": { "verify": false } } ] }
            """,
            cancellationToken
        );
        return peer;
    }

    /// <summary>Applies a document to a running product and waits until it is live.</summary>
    public static async Task ApplyAsync(string dll, Peer peer, string document, CancellationToken cancellationToken, string? data = null)
    {
        var file = Path.Combine(peer.Folder, "apply.json");
        await File.WriteAllTextAsync(file, document, cancellationToken);
        var start = new ProcessStartInfo("dotnet", [dll, "apply", file]) { RedirectStandardOutput = true };
        start.Environment["APPLIANCE_DATA"] = data ?? Path.Combine(peer.Folder, "data");
        using var apply = Process.Start(start)!;
        var said = await apply.StandardOutput.ReadToEndAsync(cancellationToken);
        await apply.WaitForExitAsync(cancellationToken);
        if (apply.ExitCode != 0)
            throw new InvalidOperationException($"apply ended with {apply.ExitCode}: {said}");
    }

    /// <summary>The product over a data folder of its own, ready to take commands.</summary>
    public static async Task<Peer> ApplianceAsync(
        string dll,
        int port,
        int console,
        Dictionary<string, string> settings,
        CancellationToken cancellationToken,
        string name = "Appliance",
        BenchCertificate? certificate = null
    )
    {
        var secure = certificate is null ? 0 : Peer.FreePort();
        var peer = await Peer.StartAsync(
            name,
            port,
            folder =>
            {
                var start = new ProcessStartInfo("dotnet", [dll]);
                start.Environment["APPLIANCE_DATA"] = Path.Combine(folder.FullName, "data");
                start.Environment["APPLIANCE_BIND"] = "127.0.0.1";
                start.Environment["APPLIANCE_HTTP_PORT"] = port.ToString();
                start.Environment["APPLIANCE_CONSOLE_PORT"] = console.ToString();
                start.Environment["APPLIANCE_HTTPS_PORT"] = certificate is null ? "off" : secure.ToString();
                // Nobody here writes a line for every connection.
                start.Environment["APPLIANCE_LOG_LEVEL"] = "warning";
                if (certificate is not null)
                    start.Environment["APPLIANCE_CERTIFICATES"] = certificate.Folder;
                if (AccessLog is { } format)
                {
                    start.Environment["APPLIANCE_ACCESS_LOG"] = Path.Combine(folder.FullName, "access.log");
                    start.Environment["APPLIANCE_ACCESS_LOG_FORMAT"] = format;
                }

                foreach (var (name, value) in settings)
                    start.Environment[name] = value;
                return start;
            },
            cancellationToken,
            secure
        );
        using var client = new HttpClient();
        for (var tries = 0; ; tries++)
        {
            try
            {
                if ((await client.GetAsync($"http://127.0.0.1:{console}/readyz", cancellationToken)).IsSuccessStatusCode)
                    return peer;
            }
            catch (HttpRequestException) when (tries < 600)
            {
                // The console's port is opened after the proxy's.
            }

            await Task.Delay(50, cancellationToken);
        }
    }
}
