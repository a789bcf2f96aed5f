using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>A real HAProxy in front that speaks the PROXY protocol, for http, https and WebSockets.</summary>
public sealed class HaproxyTests
{
    private const string Program = "/usr/sbin/haproxy";

    [Theory]
    [InlineData("send-proxy")]
    [InlineData("send-proxy-v2")]
    [InlineData("send-proxy-v2-ssl-cn")]
    public async Task Client_BehindHaproxy_IsKnownByItsOwnAddressOnBothPorts(string how)
    {
        if (!File.Exists(Program))
        {
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Install haproxy.");
            return;
        }

        using var authority = new Authority();
        using var certificate = authority.Issue(["localhost"]);
        await using var product = new ApplianceProcess();
        var (https, front, frontTls) = (FreePorts.Next(), FreePorts.Next(), FreePorts.Next());
        var certificates = Directory.CreateDirectory(Path.Combine(product.Folder, "certificates")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(certificates, "a.pfx"), certificate.Export(X509ContentType.Pkcs12));
        foreach (
            var (name, value) in new[]
            {
                ("APPLIANCE_HTTPS_PORT", $"{https}"),
                ("APPLIANCE_CERTIFICATES", certificates),
                ("APPLIANCE_PROXY_PROTOCOL", "on"),
                ("APPLIANCE_TRUSTED_PROXIES", "127.0.0.1"),
                ("APPLIANCE_PROXY_HEALTH", "/-/healthz"),
            }
        )
            product.Settings[name] = value;
        await using var backend = await BackendProcess.NodeAsync();
        await product.StartAsync();
        (
            await product.ApplyAsync(
                $$"""
                { "routes": [
                    { "name": "facts", "path": "/facts", "action": { "kind": "respond", "body": "$remote_addr $proxy_protocol_addr $realip_remote_addr $proxy_protocol_server_port" } },
                    { "name": "all", "path": "/", "action": { "kind": "proxy", "pool": "p" } } ],
                  "upstreamPools": [ { "name": "p", "servers": [ { "address": "{{backend.Address}}" } ] } ] }
                """
            )
        ).ExitCode.ShouldBe(0);
        using var haproxy = await StartAsync(product, how, (front, product.HttpPort), (frontTls, https));
        try
        {
            // A client at 127.0.0.2, which is no trusted proxy.
            using var http = new HttpClient(
                new SocketsHttpHandler
                {
                    SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
                    ConnectCallback = async (to, cancelled) =>
                    {
                        var socket = new System.Net.Sockets.Socket(
                            System.Net.Sockets.SocketType.Stream,
                            System.Net.Sockets.ProtocolType.Tcp
                        );
                        socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
                        await socket.ConnectAsync(IPAddress.Loopback, to.DnsEndPoint.Port, cancelled);
                        return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
                    },
                }
            );
            (await http.GetStringAsync($"http://localhost:{front}/facts")).ShouldBe($"127.0.0.2 127.0.0.2 127.0.0.1 {front}");
            (await http.GetStringAsync($"https://localhost:{frontTls}/facts")).ShouldBe($"127.0.0.2 127.0.0.2 127.0.0.1 {frontTls}");
            (await http.GetStringAsync($"http://localhost:{front}/-/healthz")).ShouldBe("ok\n");

            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(
                new($"wss://localhost:{frontTls}/"),
                new HttpMessageInvoker(
                    new SocketsHttpHandler
                    {
                        SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
                    }
                ),
                CancellationToken.None
            );
            (await product.RunAsync("connections")).Output.ShouldContain("127.0.0.1");

            // Who comes past it is not served.
            (await RawHttp.GetAsync(product.HttpPort, "/facts")).Status.ShouldBe(0);
        }
        finally
        {
            haproxy.Kill();
            await haproxy.WaitForExitAsync();
        }
    }

    private static async Task<Process> StartAsync(ApplianceProcess product, string how, params (int From, int To)[] ways)
    {
        var file = Path.Combine(product.Folder, "haproxy.cfg");
        await File.WriteAllTextAsync(
            file,
            "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n"
                + string.Concat(
                    ways.Select(way => $"listen l{way.From}\n  bind 127.0.0.1:{way.From}\n  server a 127.0.0.1:{way.To} {how}\n")
                )
        );
        var haproxy = Process.Start(new ProcessStartInfo(Program, ["-db", "-f", file]) { RedirectStandardError = true })!; // the file exists
        await Eventually.TrueAsync(
            async () =>
            {
                if (haproxy.HasExited)
                    throw new InvalidOperationException(await haproxy.StandardError.ReadToEndAsync());
                try
                {
                    using var client = new System.Net.Sockets.TcpClient();
                    await client.ConnectAsync(IPAddress.Loopback, ways[^1].From);
                    return true;
                }
                catch (System.Net.Sockets.SocketException)
                {
                    return false;
                }
            },
            "HAProxy listens"
        );
        return haproxy;
    }
}
