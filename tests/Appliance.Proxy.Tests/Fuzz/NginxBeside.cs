using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>Debian's nginx before a recording server of its own, with the routes that the fuzz test compares.</summary>
internal sealed class NginxBeside : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("appliance-fuzz-nginx-");
    private readonly Http1Recorder _server;
    private Process? _process;

    private NginxBeside() => _server = new(Records);

    public static string? Program { get; } = new[] { "/usr/sbin/nginx", "/usr/bin/nginx" }.FirstOrDefault(File.Exists);

    public Records Records { get; } = new();

    public int Port { get; } = FreePorts.Next();

    public int SecurePort { get; } = FreePorts.Next();

    public static async Task<NginxBeside> StartAsync(string program)
    {
        var nginx = new NginxBeside();
        var folder = nginx._folder.FullName;
        using var certificate = Authority.SelfSigned("localhost");
        using var key = certificate.GetECDsaPrivateKey()!; // it was made with one
        await File.WriteAllTextAsync(Path.Combine(folder, "own.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "own.key"), key.ExportPkcs8PrivateKeyPem());
        var file = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(
            file,
            $$"""
            daemon off; worker_processes 1; pid {{folder}}/pid; error_log stderr crit;
            events { worker_connections 512; }
            http {
              access_log off; client_body_temp_path {{folder}}; proxy_temp_path {{folder}}; fastcgi_temp_path {{folder}};
              uwsgi_temp_path {{folder}}; scgi_temp_path {{folder}}; ssl_certificate own.pem; ssl_certificate_key own.key;
              proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
              server {
                listen 127.0.0.1:{{nginx.Port}}; listen 127.0.0.1:{{nginx.SecurePort}} ssl http2;
                location / { proxy_pass {{nginx._server.Address}}; }
                location /r/1/ { proxy_pass {{nginx._server.Address}}/up/; }
              }
            }
            """
        );
        var start = new ProcessStartInfo(program, ["-p", folder, "-c", file]) { RedirectStandardError = true };
        nginx._process = Process.Start(start)!; // the file exists
        await Eventually.TrueAsync(nginx.AnswersAsync, "nginx answers");
        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process is { HasExited: true })
            throw new InvalidOperationException(await _process.StandardError.ReadToEndAsync());
        try
        {
            await using var client = await Http1Client.ConnectAsync(Port, overTls: false);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
