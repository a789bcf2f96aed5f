using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>
/// Debian's nginx as the https server behind the proxy, with HTTP/2 and without, and changed under load by its own reload.
/// </summary>
public sealed class NginxSecureServerTests : IDisposable
{
    private const string Program = "/usr/sbin/nginx";
    private readonly Authority _authority = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nginx-server-");

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(RelayChoice.Auto, false, "HTTP/1.1", ServerCarrier.OwnHttp1)]
    [InlineData(RelayChoice.Stream, false, "HTTP/1.1", ServerCarrier.OwnHttp1)]
    [InlineData(RelayChoice.Auto, true, "HTTP/2.0", ServerCarrier.YarpHttp2)]
    [InlineData(RelayChoice.Stream, true, "HTTP/2.0", ServerCarrier.YarpHttp2)]
    public async Task Server_WithAndWithoutHttp2_IsCarriedByWhatItSpeaks(
        RelayChoice relay,
        bool http2,
        string spoken,
        ServerCarrier carrier
    )
    {
        if (!IsHere())
            return;
        var port = FreePorts.Next();
        using var nginx = await StartAsync(port, http2);
        try
        {
            await using var proxy = await ProxyUnderTest.StartAsync(Config(port), new() { Relay = relay });
            for (var round = 0; round < 10; round++)
            {
                (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldContain($"{spoken} GET");
                var post = await RawHttp.SendAsync(proxy.Port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
                post.Body.ShouldContain($"{spoken} POST");
            }

            await Eventually.TrueAsync(
                () => Task.FromResult(proxy.Host.Upstreams.Pools.Values.SingleOrDefault()?.Servers[0].Carrier == carrier),
                "the view says what carries it"
            );
        }
        finally
        {
            await StopAsync(nginx);
        }
    }

    // There and back under load: no request is lost.
    [Fact]
    public async Task Server_ReloadedWithAndWithoutHttp2_IsFollowedAndAnswersEveryRequest()
    {
        if (!IsHere())
            return;
        var port = FreePorts.Next();
        using var nginx = await StartAsync(port, http2: false);
        try
        {
            using var log = new LinesLog();
            await using var proxy = await ProxyUnderTest.StartAsync(Config(port), logs: log);
            for (var turn = 0; turn < 4; turn++)
            {
                using var stop = new CancellationTokenSource();
                var askers = Enumerable.Range(0, 4).Select(_ => AskAsync(proxy.Port, stop.Token)).ToArray();
                await ReloadAsync(port, http2: true);
                await FollowedAsync(proxy.Port, "HTTP/2.0");
                await ReloadAsync(port, http2: false);
                await FollowedAsync(proxy.Port, "HTTP/1.1");
                await stop.CancelAsync();
                var asked = await Task.WhenAll(askers);
                asked.SelectMany(answers => answers).Where(status => status != 200).ShouldBeEmpty(string.Join('\n', log.Lines));
            }
        }
        finally
        {
            await StopAsync(nginx);
        }
    }

    // Now at the end of an answer, now while nobody uses it, now under the next request.
    [Theory]
    [InlineData(RelayChoice.Auto, "keepalive_requests 3;")]
    [InlineData(RelayChoice.Stream, "keepalive_requests 3;")]
    [InlineData(RelayChoice.Auto, "keepalive_timeout 3ms;")]
    [InlineData(RelayChoice.Stream, "keepalive_timeout 3ms;")]
    public async Task Server_EndsConnectionsAllTheTime_AnswersEveryRequest(RelayChoice relay, string settings)
    {
        if (!IsHere())
            return;
        var port = FreePorts.Next();
        using var nginx = await StartAsync(port, http2: false, settings);
        try
        {
            using var log = new LinesLog();
            await using var proxy = await ProxyUnderTest.StartAsync(Config(port), new() { Relay = relay }, log);
            var asked = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AskSomeAsync(proxy.Port, 150)));
            asked.SelectMany(answers => answers).Where(status => status != 200).ShouldBeEmpty(string.Join('\n', log.Lines));
        }
        finally
        {
            await StopAsync(nginx);
        }

        static async Task<List<int>> AskSomeAsync(int port, int times)
        {
            var seen = new List<int>();
            while (seen.Count < times)
                seen.Add((await RawHttp.GetAsync(port, "/")).Status);
            return seen;
        }
    }

    // nginx sends a GOAWAY behind so many requests, and closes. What was not looked at takes another connection; of the rest, what may be
    // asked twice is. A POST that may have been read is 502, and no server is blamed.
    [Theory]
    [InlineData("GET", "\r\n", 0)]
    [InlineData("POST", "Content-Length: 5\r\n\r\nhello", 100)]
    public async Task ServerOfHttp2_EndsConnectionsAllTheTime_AnswersAllButWhatMayHaveBeenRead(string method, string rest, int mostLost)
    {
        if (!IsHere())
            return;
        var port = FreePorts.Next();
        using var nginx = await StartAsync(port, http2: true, "keepalive_requests 20;");
        try
        {
            using var log = new LinesLog();
            await using var proxy = await ProxyUnderTest.StartAsync(Config(port), logs: log);
            var asked = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => AskSomeAsync(proxy.Port)));
            var lost = asked.SelectMany(answers => answers).Where(status => status != 200).ToList();
            lost.ShouldAllBe(status => status == 502, string.Join('\n', log.Lines));
            lost.Count.ShouldBeLessThanOrEqualTo(mostLost, string.Join('\n', log.Lines));
            log.Lines.ShouldNotContain(line => line.StartsWith("Route", StringComparison.Ordinal));
        }
        finally
        {
            await StopAsync(nginx);
        }

        async Task<List<int>> AskSomeAsync(int to)
        {
            var seen = new List<int>();
            while (seen.Count < 100)
                seen.Add((await RawHttp.SendAsync(to, $"{method} /read HTTP/1.1\r\nHost: a\r\n{rest}")).Status);
            return seen;
        }
    }

    private static Task FollowedAsync(int port, string spoken) =>
        Eventually.TrueAsync(
            async () => (await RawHttp.GetAsync(port, "/")).Body.Contains($"{spoken} GET", StringComparison.Ordinal),
            $"it is followed to {spoken}"
        );

    private async Task ReloadAsync(int port, bool http2)
    {
        await WriteAsync(port, http2);
        using var reload = Process.Start(Program, ["-p", _folder.FullName, "-c", Conf, "-s", "reload"]);
        await reload.WaitForExitAsync();
    }

    private string Conf => Path.Combine(_folder.FullName, "nginx.conf");

    private static bool IsHere()
    {
        if (File.Exists(Program))
            return true;
        Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Install nginx-light.");
        return false;
    }

    private static async Task<List<int>> AskAsync(int port, CancellationToken stop)
    {
        var seen = new List<int>();
        while (!stop.IsCancellationRequested)
            seen.Add((await RawHttp.GetAsync(port, "/")).Status);
        return seen;
    }

    private ProxyConfig Config(int port)
    {
        var config = Configs.All($"https://localhost:{port}");
        return config with { UpstreamPools = [config.UpstreamPools[0] with { Tls = new() { Trusted = _authority.Pem } }] };
    }

    private Task WriteAsync(int port, bool http2, string settings = "") =>
        File.WriteAllTextAsync(
            Conf,
            $$"""
            daemon off; worker_processes 1; pid {{_folder.FullName}}/pid; error_log stderr crit;
            events { worker_connections 256; }
            http {
              access_log off;
              client_body_temp_path {{_folder.FullName}}; proxy_temp_path {{_folder.FullName}}; fastcgi_temp_path {{_folder.FullName}}; uwsgi_temp_path {{_folder.FullName}}; scgi_temp_path {{_folder.FullName}};
              server {
                listen 127.0.0.1:{{port}} ssl{{(http2 ? " http2" : "")}};
                ssl_certificate {{_folder.FullName}}/own.pem; ssl_certificate_key {{_folder.FullName}}/own.pem;
                {{settings}}
                location / { return 200 "$server_protocol $request_method"; }
                location /read { proxy_pass http://unix:{{_folder.FullName}}/behind; }
              }
              server { listen unix:{{_folder.FullName}}/behind; return 200 "read"; }
            }

            """
        );

    private async Task<Process> StartAsync(int port, bool http2, string settings = "")
    {
        using var certificate = _authority.Issue(["localhost"]);
        using var key = certificate.GetECDsaPrivateKey();
        await File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "own.pem"),
            certificate.ExportCertificatePem() + "\n" + key!.ExportPkcs8PrivateKeyPem() // it is an ECDSA one
        );
        await WriteAsync(port, http2, settings);
        var nginx = Process.Start(new ProcessStartInfo(Program, ["-p", _folder.FullName, "-c", Conf]) { RedirectStandardError = true })!; // the file exists
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

    private static async Task StopAsync(Process nginx)
    {
        nginx.Kill(entireProcessTree: true);
        await nginx.WaitForExitAsync();
    }
}
