using System.Diagnostics;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Testing;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.AccessLogs;

/// <summary>
/// Debian's nginx beside the proxy: the same requests, the same format, and lines that are the same but for the time of day.
/// </summary>
public sealed partial class NginxLogTests : IDisposable
{
    private const string Program = "/usr/sbin/nginx";
    private const string Own =
        "$remote_addr \"$request\" $status $body_bytes_sent $request_length $upstream_status \"$upstream_http_x_back\" "
        + "\"$sent_http_content_type\" $connection_requests \"$http_x_e\" \"$args\" $request_method $server_protocol $http_host $cookie_c "
        + "$upstream_cookie_d $request_completion $upstream_bytes_received \"$upstream_http_x_under\" \"$sent_http_x_under\" \"$https\" "
        + "\"$is_args\" \"$http_x_e\"";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nginx-log-");

    public void Dispose() => _folder.Delete(recursive: true);

    public static TheoryData<string> Formats => ["combined", Own];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Lines_OfTheSameRequests_AreNginxs(string format)
    {
        if (!File.Exists(Program))
        {
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Install nginx-light.");
            return;
        }

        await using var backend = new RecordingBackend
        {
            Answer = request =>
                request.Target.Contains("/missing", StringComparison.Ordinal)
                    ? "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nno"
                    : RecordingBackend.Ok(
                        "hello",
                        "X-Back: q\"uo\\te\r\nX_Under: u\r\nContent-Type: text/x\r\nSet-Cookie: d=1; Path=/\r\n"
                    ),
        };
        var parsed = AccessLogFormat.Parse(format, out _).ShouldNotBeNull();
        using var said = new LinesLog();
        var sink = new LinesSink();
        using var log = new AccessLog(parsed, [sink], TimeProvider.System, said.CreateLogger<AccessLog>());
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), new() { AccessLog = log });
        var port = FreePorts.Next();
        using var nginx = await StartAsync(port, backend.Port, format == "combined" ? AccessLogFormat.Combined : format);
        try
        {
            string[] requests =
            [
                "GET / HTTP/1.1\r\nHost: a\r\nReferer: http://ref/\r\nUser-Agent: we\"ird\\agent\t\u00ff\r\n\r\n",
                "GET /x?y=1 HTTP/1.1\r\nHost: b:80\r\nX-E: \r\nCookie: c=%20v\r\n\r\n",
                "GET /x? HTTP/1.1\r\nHost: a\r\nX-E: 1\r\nUser-Agent: \r\n\r\n",
                "GET /missing HTTP/1.1\r\nHost: a\r\nAuthorization: Basic dXNlcjpwdw==\r\n\r\n",
                "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
                "POST /p%20q HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
                "GET /\" HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.0\r\n\r\n",
                "GET HTTP://abs.test/x?q HTTP/1.1\r\nHost: other\r\n\r\n",
                "GET /odd   HTTP/1.1\r\nHost:a\r\nX_E:    dropped   \r\n\r\n",
                "GET /bare HTTP/1.1\nHost: a\nConnection: close\n\n",
            ];
            foreach (var to in (int[])[port, proxy.Port])
            {
                foreach (var request in requests)
                    await RawHttp.SendAsync(to, request);
            }

            var ours = await sink.WaitForAsync(requests.Length);
            string[] theirs = [];
            await Eventually.TrueAsync(
                async () => (theirs = await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, "access.log"))).Length == requests.Length,
                "nginx has written its lines"
            );
            ours.Select(Timeless).ShouldBe(theirs.Select(Timeless));
        }
        finally
        {
            nginx.Kill(entireProcessTree: true);
            await nginx.WaitForExitAsync();
        }
    }

    private static string Timeless(string line) => TimeOfDay().Replace(line, "[time]");

    [GeneratedRegex(@"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]")]
    private static partial Regex TimeOfDay();

    private async Task<Process> StartAsync(int port, int backend, string format)
    {
        var conf = Path.Combine(_folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(
            conf,
            $$"""
            daemon off; worker_processes 1; pid {{_folder.FullName}}/pid; error_log stderr crit;
            events { worker_connections 256; }
            http {
              log_format own '{{format.Replace("\\", "\\\\", StringComparison.Ordinal)}}';
              access_log {{_folder.FullName}}/access.log own;
              client_body_temp_path {{_folder.FullName}}; proxy_temp_path {{_folder.FullName}}; fastcgi_temp_path {{_folder.FullName}}; uwsgi_temp_path {{_folder.FullName}}; scgi_temp_path {{_folder.FullName}};
              server { listen 127.0.0.1:{{port}}; location / { proxy_pass http://127.0.0.1:{{backend}}; proxy_http_version 1.1; } }
            }

            """
        );
        // The file exists.
        var nginx = Process.Start(new ProcessStartInfo(Program, ["-p", _folder.FullName, "-c", conf]) { RedirectStandardError = true })!;
        await Eventually.TrueAsync(
            async () =>
            {
                if (nginx.HasExited)
                    throw new InvalidOperationException(await nginx.StandardError.ReadToEndAsync());
                try
                {
                    using var client = new TcpClient();
                    await client.ConnectAsync("127.0.0.1", port);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            "nginx listens"
        );
        return nginx;
    }
}
