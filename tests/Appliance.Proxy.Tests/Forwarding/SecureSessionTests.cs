using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>
/// OpenSSL's own server behind the proxy: session tickets, and new keys while nobody asks anything. Neither is an answer, and neither ends
/// a connection.
/// </summary>
public sealed class SecureSessionTests : IDisposable
{
    private const string Program = "/usr/bin/openssl";
    private readonly Authority _authority = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("s-server-");

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(RelayChoice.Auto, "")]
    [InlineData(RelayChoice.Auto, "k")]
    [InlineData(RelayChoice.Auto, "K")]
    [InlineData(RelayChoice.Stream, "")]
    [InlineData(RelayChoice.Stream, "k")]
    [InlineData(RelayChoice.Stream, "K")]
    public async Task Kept_TicketsAndNewKeys_LeaveItAsItIs(RelayChoice relay, string key)
    {
        if (!File.Exists(Program))
        {
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Install openssl.");
            return;
        }

        using var certificate = _authority.Issue(["localhost"]);
        var port = FreePorts.Next();
        using var server = Start(port, certificate);
        try
        {
            await ReadUntilAsync(server, "ACCEPT");
            var came = 0L;
            await using var between = new ConnectionServer(async connection =>
            {
                using var behind = new TcpClient();
                await behind.ConnectAsync(IPAddress.Loopback, port, connection.Stop);
                var up = connection.Stream.CopyToAsync(behind.GetStream(), connection.Stop);
                var piece = new byte[16 * 1024];
                while (await behind.GetStream().ReadAsync(piece, connection.Stop) is > 0 and var read)
                {
                    await connection.Stream.WriteAsync(piece.AsMemory(0, read), connection.Stop);
                    Interlocked.Add(ref came, read);
                }

                connection.ShutdownSend();
                await up;
            });
            var config = Configs.All($"https://localhost:{between.Port}");
            config = config with { UpstreamPools = [config.UpstreamPools[0] with { Tls = new() { Trusted = _authority.Pem } }] };
            await using var proxy = await ProxyUnderTest.StartAsync(config, new() { Relay = relay });

            for (var round = 0; round < 4; round++)
            {
                await using var client = await RawHttp.ConnectAsync(proxy.Port);
                await client.WriteAsync($"GET /{round} HTTP/1.1\r\nHost: a\r\n\r\n");
                await ReadUntilAsync(server, $"GET /{round} ");
                await server.StandardInput.WriteAsync($"HTTP/1.1 200 OK\nContent-Length: 6\n\nround{round}");
                await server.StandardInput.FlushAsync();
                await client.ReadHeadAsync();
                System.Text.Encoding.ASCII.GetString(await client.ReadBytesAsync(6)).ShouldBe($"round{round}");
                proxy.Host.Http1.Open.ShouldBe(1);
                if (key.Length == 0)
                    continue;

                // Whether it wants new ones in return, too (K), or not (k).
                var before = Interlocked.Read(ref came);
                await server.StandardInput.WriteAsync(key + "\n");
                await server.StandardInput.FlushAsync();
                await Eventually.TrueAsync(() => Task.FromResult(Interlocked.Read(ref came) > before), "the record has come");
            }

            proxy.Host.Http1.Open.ShouldBe(1);
            between.Connections.ShouldBe(1);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    // RFC 8446, 6.1: so that the server knows that nothing was cut off.
    [Fact]
    public async Task Kept_NobodyUsesIt_IsClosedInTlssOwnWay()
    {
        if (!File.Exists(Program) || !OperatingSystem.IsLinux())
            return;
        using var certificate = _authority.Issue(["localhost"]);
        var port = FreePorts.Next();
        using var server = Start(port, certificate, "-msg");
        try
        {
            await ReadUntilAsync(server, "ACCEPT");
            var config = Configs.All($"https://localhost:{port}");
            config = config with
            {
                UpstreamPools =
                [
                    config.UpstreamPools[0] with
                    {
                        Tls = new() { Trusted = _authority.Pem },
                        KeepAliveTimeout = TimeSpan.FromMilliseconds(300),
                    },
                ],
            };
            await using var proxy = await ProxyUnderTest.StartAsync(config);
            await using var client = await RawHttp.ConnectAsync(proxy.Port);

            await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await ReadUntilAsync(server, "GET / ");
            await server.StandardInput.WriteAsync("HTTP/1.1 204 OK\n\n");
            await server.StandardInput.FlushAsync();
            (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 204 ");

            await ReadUntilAsync(server, "close_notify");
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    private Process Start(int port, X509Certificate2 certificate, params string[] more)
    {
        var file = Path.Combine(_folder.FullName, "own.pem");
        using var key = certificate.GetECDsaPrivateKey();
        File.WriteAllText(file, certificate.ExportCertificatePem() + "\n" + key!.ExportPkcs8PrivateKeyPem()); // it is an ECDSA one
        var start = new ProcessStartInfo(Program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var word in $"s_server -accept 127.0.0.1:{port} -cert {file} -key {file} -tls1_3 -num_tickets 7 -alpn http/1.1 -naccept 1".Split(
                ' '
            )
        )
            start.ArgumentList.Add(word);
        foreach (var word in more)
            start.ArgumentList.Add(word);
        return Process.Start(start) ?? throw new InvalidOperationException("openssl does not start.");
    }

    private static async Task ReadUntilAsync(Process server, string wanted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var seen = "";
        var piece = new char[1];
        while (!seen.Contains(wanted, StringComparison.Ordinal))
        {
            (await server.StandardOutput.ReadAsync(piece, limit.Token)).ShouldBe(1, seen);
            seen += piece[0];
        }
    }
}
