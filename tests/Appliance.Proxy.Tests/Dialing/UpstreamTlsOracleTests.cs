using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Dialing;
using Appliance.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Appliance.Proxy.Tests.Dialing;

/// <summary>Debian's nginx with proxy_ssl_verify on, beside this proxy: the same servers are taken and refused, by the same name.</summary>
public sealed class UpstreamTlsOracleTests : IDisposable
{
    private const string Program = "/usr/sbin/nginx";
    private readonly Authority _ours = new("Our authority");
    private readonly Authority _theirs = new("Their authority");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tls-oracle-");

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("good", "a.example.com", true, 200)]
    [InlineData("wildcard", "a.example.com", true, 200)]
    [InlineData("wildcard", "a.b.example.com", true, 502)]
    [InlineData("other name", "a.example.com", true, 502)]
    [InlineData("other name", "a.example.com", false, 200)]
    [InlineData("expired", "a.example.com", true, 502)]
    [InlineData("expired", "a.example.com", false, 200)]
    [InlineData("other authority", "a.example.com", true, 502)]
    [InlineData("self-signed", "a.example.com", true, 502)]
    [InlineData("self-signed", "a.example.com", false, 200)]
    [InlineData("self-signed and trusted", "a.example.com", true, 200)]
    [InlineData("wants a client", "a.example.com", true, 200)]
    public async Task Server_AsNginxTakesIt(string which, string name, bool verify, int status)
    {
        if (!File.Exists(Program))
        {
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Install nginx-light.");
            return;
        }

        using var certificate = which switch
        {
            "wildcard" => _ours.Issue(["*.example.com"]),
            "other name" => _ours.Issue(["b.example.com"]),
            "expired" => _ours.Issue(["a.example.com"], days: -1),
            "other authority" => _theirs.Issue(["a.example.com"]),
            "self-signed" or "self-signed and trusted" => Authority.SelfSigned("a.example.com"),
            _ => _ours.Issue(["a.example.com"]),
        };
        var trusted = which == "self-signed and trusted" ? certificate.ExportCertificatePem() : _ours.Pem;
        using var own = Authority.SelfSigned("client.example.com");
        await using var server = await SecureServer.StartAsync(
            certificate,
            clients: which == "wants a client" ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate
        );
        var held = new MemoryCertificates();
        using var key = own.GetECDsaPrivateKey();
        held.Save(new(Guid.NewGuid(), "client", 1, own.ExportCertificatePem(), key!.ExportPkcs8PrivateKey(), null, false)); // it is an ECDSA one

        // 1. nginx.
        var port = FreePorts.Next();
        using var nginx = await StartAsync(
            port,
            server.Port,
            name,
            verify,
            trusted,
            own.ExportCertificatePem(),
            key.ExportPkcs8PrivateKeyPem()
        );
        try
        {
            (await RawHttp.GetAsync(port, "/")).Status.ShouldBe(status, "nginx");
        }
        finally
        {
            nginx.Kill(entireProcessTree: true);
            await nginx.WaitForExitAsync();
        }

        var (names, clients) = (server.Names.Distinct().ToArray(), server.Clients.Distinct().ToArray());
        server.Names.Clear();
        server.Clients.Clear();

        // 2. The same here, with what the server saw.
        var config = Configs.All($"https://127.0.0.1:{server.Port}");
        await using var proxy = await ProxyUnderTest.StartAsync(
            config with
            {
                UpstreamPools =
                [
                    config.UpstreamPools[0] with
                    {
                        Tls = new UpstreamTls
                        {
                            Verify = verify,
                            Trusted = trusted,
                            ServerName = name,
                            ClientCertificate = "client",
                        },
                    },
                ],
            },
            held: held
        );
        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(status);
        server.Names.Distinct().ShouldBe(names);
        server.Clients.Distinct().ShouldBe(clients);
    }

    private async Task<Process> StartAsync(int port, int to, string name, bool verify, string trusted, string certificate, string key)
    {
        foreach (var (file, text) in new[] { ("trusted.pem", trusted), ("client.pem", certificate), ("client.key", key) })
            await File.WriteAllTextAsync(Path.Combine(_folder.FullName, file), text);
        var conf = Path.Combine(_folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(
            conf,
            $$"""
            daemon off; worker_processes 1; pid {{_folder.FullName}}/pid; error_log stderr crit;
            events { worker_connections 64; }
            http {
              access_log off;
              client_body_temp_path {{_folder.FullName}}; proxy_temp_path {{_folder.FullName}}; fastcgi_temp_path {{_folder.FullName}}; uwsgi_temp_path {{_folder.FullName}}; scgi_temp_path {{_folder.FullName}};
              server {
                listen 127.0.0.1:{{port}};
                location / {
                  proxy_pass https://127.0.0.1:{{to}}; proxy_http_version 1.1; proxy_set_header Host $host;
                  proxy_ssl_verify {{(
                verify ? "on" : "off"
            )}}; proxy_ssl_verify_depth 3; proxy_ssl_trusted_certificate {{_folder.FullName}}/trusted.pem;
                  proxy_ssl_name {{name}}; proxy_ssl_server_name on;
                  proxy_ssl_certificate {{_folder.FullName}}/client.pem; proxy_ssl_certificate_key {{_folder.FullName}}/client.key;
                }
              }
            }

            """
        );
        var nginx = Process.Start(new ProcessStartInfo(Program, ["-p", _folder.FullName, "-c", conf]) { RedirectStandardError = true })!; // the file exists
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
