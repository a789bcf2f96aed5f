using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>One SIGTERM to a process that carries much: everybody hears it in time, and what was begun is finished.</summary>
public sealed class GracefulStopTests
{
    private const int Plain = 1_000;
    private const int Secure = 100;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Terminate_ThousandPlainAndHundredSecureSockets_EachHearsGoingAwayAndTheRequestIsAnswered()
    {
        var https = FreePorts.Next();
        using var authority = new Authority();
        await using var product = await SpeakingTlsAsync(authority, https);
        (product.Settings["APPLIANCE_DRAIN_SECONDS"], product.Settings["APPLIANCE_SHUTDOWN_SECONDS"]) = ("3", "20");
        await using var backend = await BackendProcess.NodeAsync();
        using var slow = new TcpListener(IPAddress.Loopback, 0);
        slow.Start();
        await product.StartAsync();
        (
            await product.ApplyAsync(
                $$"""
                { "routes": [ { "name": "slow", "path": "/slow", "action": { "kind": "proxy", "pool": "slow" } }, { "name": "all", "path": "/", "action": { "kind": "proxy", "pool": "p" } } ],
                  "upstreamPools": [ { "name": "p", "servers": [ { "address": "{{backend.Address}}" } ] },
                                     { "name": "slow", "servers": [ { "address": "http://127.0.0.1:{{(
                    (IPEndPoint)slow.LocalEndpoint
                ).Port}}" } ] } ] }
                """
            )
        ).ExitCode.ShouldBe(0);

        // 1. A thousand over the event loop, fifty over TLS and HTTP/1.1, fifty in HTTP/2 connections; and a request that takes its time.
        List<ClientWebSocket> sockets = [.. await Clients.OpenAsync(product.HttpPort, "/", Plain)];
        using var tls = AnyCertificate();
        sockets.AddRange(await OpenSecureAsync(tls, https, Secure));

        using var http = new HttpClient();
        var asked = http.GetAsync($"http://127.0.0.1:{product.HttpPort}/slow");
        using var taken = await slow.AcceptTcpClientAsync().WaitAsync(_patience);

        // 2. The signal: nobody new on either port.
        var started = Stopwatch.GetTimestamp();
        var heard = sockets.Select(Clients.HearCloseAsync).ToList();
        var exit = product.TerminateAsync();
        await product.RefusesAsync();
        await Should.ThrowAsync<SocketException>(async () =>
        {
            using var late = new TcpClient();
            await late.ConnectAsync(IPAddress.Loopback, https);
        });

        // 3. Each hears it within the window, and the request is answered although its server was slower than that.
        var ends = await Task.WhenAll(heard).WaitAsync(_patience);
        ends.GroupBy(end => end).Select(group => (group.Key, group.Count())).ShouldBe([((1001, "proxy is stopping"), Plain + Secure)]);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        product.Process.HasExited.ShouldBeFalse("the request is not over");
        await taken.GetStream().WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone"));
        (await (await asked).Content.ReadAsStringAsync()).ShouldBe("done");
        (await exit).ShouldBe(0);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(23)); // window and patience
    }

    [Fact]
    public async Task Terminate_SecondSignal_CutsTwoHundredSecureSockets()
    {
        var https = FreePorts.Next();
        using var authority = new Authority();
        await using var product = await SpeakingTlsAsync(authority, https);
        (product.Settings["APPLIANCE_DRAIN_SECONDS"], product.Settings["APPLIANCE_SHUTDOWN_SECONDS"]) = ("0", "600");
        await using var backend = await BackendProcess.NodeAsync();
        await product.StartAsync();
        (
            await product.ApplyAsync(
                $$"""
                { "routes": [ { "name": "all", "path": "/", "action": { "kind": "proxy", "pool": "p" } } ], "upstreamPools": [ { "name": "p", "servers": [ { "address": "{{backend.Address}}" } ] } ] }
                """
            )
        ).ExitCode.ShouldBe(0);
        using var tls = AnyCertificate();
        var sockets = await OpenSecureAsync(tls, https, 2 * Secure);

        // 1. Everybody is asked to leave, and nobody answers.
        await product.SignalAsync("TERM");
        await product.RefusesAsync();
        var asked = await Task.WhenAll(sockets.Select(socket => socket.ReceiveAsync(new byte[16], CancellationToken.None)))
            .WaitAsync(_patience);
        asked.ShouldAllBe(heard => heard.MessageType == WebSocketMessageType.Close);
        sockets.ShouldAllBe(socket => (int?)socket.CloseStatus == 1001);
        product.Process.HasExited.ShouldBeFalse("close handshakes have ten minutes");

        // 2. Once more: nobody is waited for.
        var second = Stopwatch.GetTimestamp();
        await product.SignalAsync("TERM");
        await product.Process.WaitForExitAsync().WaitAsync(_patience);
        (product.Process.ExitCode, Stopwatch.GetElapsedTime(second) < TimeSpan.FromSeconds(10)).ShouldBe((0, true));
        foreach (var socket in sockets)
            socket.Dispose();
    }

    private static async Task<ApplianceProcess> SpeakingTlsAsync(Authority authority, int https)
    {
        var product = new ApplianceProcess { Settings = { ["APPLIANCE_HTTPS_PORT"] = $"{https}" } };
        using var certificate = authority.Issue(["localhost"]);
        product.Settings["APPLIANCE_CERTIFICATES"] = Directory.CreateDirectory(Path.Combine(product.Folder, "certificates")).FullName;
        await File.WriteAllBytesAsync(
            Path.Combine(product.Settings["APPLIANCE_CERTIFICATES"], "a.pfx"),
            certificate.Export(X509ContentType.Pkcs12)
        );
        return product;
    }

    private static HttpMessageInvoker AnyCertificate() =>
        new(
            new SocketsHttpHandler
            {
                SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
                EnableMultipleHttp2Connections = true,
            }
        );

    // One half over HTTP/1.1, the other in HTTP/2 connections.
    private static async Task<IReadOnlyList<ClientWebSocket>> OpenSecureAsync(HttpMessageInvoker tls, int https, int count)
    {
        var all = new List<ClientWebSocket>(count);
        for (var at = 0; at < count; at++)
        {
            var socket = new ClientWebSocket();
            (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (
                at % 2 == 0 ? HttpVersion.Version11 : HttpVersion.Version20,
                HttpVersionPolicy.RequestVersionExact
            );
            await socket.ConnectAsync(new($"wss://localhost:{https}/"), tls, CancellationToken.None);
            all.Add(socket);
        }

        return all;
    }
}
