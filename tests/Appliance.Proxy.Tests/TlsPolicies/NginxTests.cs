using System.Diagnostics;
using System.Formats.Asn1;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Proxy.TlsPolicies;
using Appliance.Testing;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.TlsPolicies;

/// <summary>Debian's nginx as oracle: what a page of either says of the same client, and whether it says anything at all.</summary>
public sealed class NginxTests : IAsyncLifetime
{
    private const string Page =
        "verify=$ssl_client_verify|s=$ssl_client_s_dn|i=$ssl_client_i_dn|serial=$ssl_client_serial|sha1=$ssl_client_fingerprint|from=$ssl_client_v_start|to=$ssl_client_v_end|left=$ssl_client_v_remain|"
        + "escaped=$ssl_client_escaped_cert|raw=$ssl_client_raw_cert|cert=$ssl_client_cert|protocol=$ssl_protocol|cipher=$ssl_cipher|name=$ssl_server_name|alpn=$ssl_alpn_protocol|$https|$scheme";

    private static readonly ClientVerify[] _words = [ClientVerify.On, ClientVerify.Optional, ClientVerify.OptionalNoCa];
    private readonly Issued _issued = new();
    private readonly ClientAuthority _ours = new("CN=Our clients, O=Test, C=DE");
    private readonly ClientAuthority _theirs = new("CN=Their clients");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("appliance-nginx-tls-");
    private readonly int _port = FreePorts.Next();
    private readonly Verdicts _verdicts = new();
    private ProxyUnderTest? _proxy;
    private Process? _nginx;

    private static string? Nginx => new[] { "/usr/sbin/nginx", "/usr/bin/nginx" }.FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        _issued.Write("all", ["*.example.com"]);
        var hosts = _words.Select(word => (Word: word, Host: HostOf(word), Nginx: WordOf(word))).ToList();
        _proxy = await ProxyUnderTest.StartAsync(
            new()
            {
                Routes =
                [
                    new()
                    {
                        Name = "page",
                        Action = new RouteAction.Respond { Body = Page },
                    },
                ],
                TlsPolicies =
                [
                    .. hosts.Select(one => new TlsPolicy
                    {
                        Name = one.Nginx,
                        Hosts = [one.Host],
                        ClientCertificates = new() { Verify = one.Word, Trusted = _ours.Pem },
                    }),
                ],
            },
            new() { HttpsPort = 0, Certificates = _issued.Folder },
            _verdicts
        );
        if (Nginx is not { } program)
            return;
        var file = Path.Combine(_folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "trusted.pem"), _ours.Pem);
        await File.WriteAllTextAsync(
            file,
            $$"""
            daemon off; worker_processes 1; pid {{_folder.FullName}}/pid; error_log stderr crit;
            events { worker_connections 256; }
            http {
              access_log off; client_body_temp_path {{_folder.FullName}}; proxy_temp_path {{_folder.FullName}}; fastcgi_temp_path {{_folder.FullName}};
              uwsgi_temp_path {{_folder.FullName}}; scgi_temp_path {{_folder.FullName}};
              ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {{_issued.PathOf("all.pem")}}; ssl_certificate_key {{_issued.PathOf("all.key")}};
            {{string.Concat(hosts.Select(one => $$"""
                server {
                  listen 127.0.0.1:{{_port}} ssl; server_name {{one.Host}};
                  ssl_client_certificate {{_folder.FullName}}/trusted.pem; ssl_verify_client {{one.Nginx}};
                  error_page 495 496 @refused; location / { default_type text/plain; return 200 "{{Page}}"; } location @refused { return 400 "verify=$ssl_client_verify"; }
                }
                """))}}
            }
            """
        );
        _nginx = Process.Start(new ProcessStartInfo(program, ["-p", _folder.FullName, "-c", file]) { RedirectStandardError = true })!; // the file exists
        await Eventually.TrueAsync(
            async () =>
            {
                if (_nginx.HasExited)
                    throw new InvalidOperationException(await _nginx.StandardError.ReadToEndAsync());
                try
                {
                    return (await AskAsync(_port, HostOf(ClientVerify.Optional), null, SslProtocols.None)).Status > 0;
                }
                catch (System.Net.Sockets.SocketException)
                {
                    return false;
                }
            },
            "nginx answers"
        );
    }

    public async Task DisposeAsync()
    {
        if (_nginx is not null)
        {
            _nginx.Kill(entireProcessTree: true);
            await _nginx.WaitForExitAsync();
        }

        if (_proxy is not null)
            await _proxy.DisposeAsync();
        _issued.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task EveryClient_GetsTheSameFromBoth()
    {
        if (Nginx is null)
        {
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Install nginx-light.");
            return;
        }

        var between = new ClientAuthority("CN=Between", _ours);
        var below = new ClientAuthority("CN=Below", between);
        var clients = new Dictionary<string, (X509Certificate2? Certificate, X509Certificate2[] Chain)>
        {
            ["none"] = (null, []),
            ["plain"] = (_ours.Issue("CN=alice"), []),
            ["no use said"] = (_ours.Issue("CN=alice", use: ""), []),
            ["expired"] = (_ours.Issue("CN=alice", toDays: -1), []),
            ["too early"] = (_ours.Issue("CN=alice", fromDays: 1), []),
            ["server"] = (_ours.Issue("CN=alice", use: "1.3.6.1.5.5.7.3.1"), []),
            ["stranger"] = (_theirs.Issue("CN=mallory"), []),
            ["stranger with root"] = (_theirs.Issue("CN=mallory"), [_theirs.Certificate]),
            ["alone"] = (ClientAuthority.SelfSigned("CN=alone"), []),
            ["between sent"] = (between.Issue("CN=alice"), [between.Certificate]),
            ["between missing"] = (between.Issue("CN=alice"), []),
            ["two between"] = (below.Issue("CN=alice"), [below.Certificate, between.Certificate]),
            ["two between, one sent"] = (below.Issue("CN=alice"), [below.Certificate]),
            ["many parts"] = (
                _ours.Issue(
                    "CN=\"Alice, or \"\"so\"\"\", OU=A+OU=B, O=\"Quoted; <x> #1\", L=Köln, S=NRW, STREET=Weg 1, E=a@b.example, DC=example, T=Dr, G=Alice, SN=Smith, C=DE"
                ),
                []
            ),
            ["serial with a high bit"] = (_ours.Issue("CN=alice", serial: [0xF1, 2, 3, 4]), []),
            ["serial that begins with zero"] = (_ours.Issue("CN=alice", serial: [0x0A, 2]), []),
            ["odd names"] = (_ours.Issue(OddName()), []),
        };
        foreach (var (who, (certificate, chain)) in clients)
        {
            foreach (var word in _words)
            {
                foreach (var version in new[] { SslProtocols.Tls12, SslProtocols.Tls13 })
                {
                    _verdicts.Clear();
                    var theirAnswer = await AskAsync(_port, HostOf(word), certificate, version, chain);
                    // Started above.
                    var ourAnswer = await AskAsync(_proxy!.Host.HttpsEndPoint!.Port, HostOf(word), certificate, version, chain);
                    var at = $"{who}, {WordOf(word)}, {version}";
                    ourAnswer.Status.ShouldBe(theirAnswer.Status, at);
                    if (theirAnswer.Status == 200)
                        Parts(ourAnswer.Body).ShouldBe(Parts(theirAnswer.Body), at);
                    else
                        (certificate is null ? "verify=NONE" : "verify=" + _verdicts.Last).ShouldBe(theirAnswer.Body, at);
                }
            }
        }
    }

    private static string HostOf(ClientVerify verify) => $"{verify.ToString().ToLowerInvariant()}.example.com";

    private static string WordOf(ClientVerify verify) =>
        verify switch
        {
            ClientVerify.On => "on",
            ClientVerify.Optional => "optional",
            _ => "optional_no_ca",
        };

    // One a line, so that a difference is seen.
    private static string Parts(string body) => body.Replace('|', '\n');

    private static async Task<RawAnswer> AskAsync(
        int port,
        string host,
        X509Certificate2? certificate,
        SslProtocols version,
        params X509Certificate2[] chain
    )
    {
        await using var client = await TlsClient.ConnectAsync(port, host, certificate, false, version, chain);
        return await client.GetAsync(host);
    }

    // What no tool writes today and old cards carry: a number that has no name, other alphabets in other encodings, blanks at the ends,
    // control characters.
    private static X500DistinguishedName OddName()
    {
        var name = new X500DistinguishedNameBuilder();
        name.Add("1.2.3.4.5", "unknown", UniversalTagNumber.UTF8String);
        name.Add("2.5.4.10", " #blanks ", UniversalTagNumber.UTF8String);
        name.Add("2.5.4.11", "#sharp", UniversalTagNumber.UTF8String);
        name.Add("2.5.4.7", "Zürich ☃", UniversalTagNumber.BMPString);
        name.Add("2.5.4.12", "tab\tand\u007fdel", UniversalTagNumber.UTF8String);
        name.Add("2.5.4.5", "42", UniversalTagNumber.PrintableString);
        name.Add("0.9.2342.19200300.100.1.1", "uid=\\a/b", UniversalTagNumber.UTF8String);
        name.Add("2.5.4.97", "VATDE-1", UniversalTagNumber.UTF8String);
        name.Add("2.5.4.3", "🙂", UniversalTagNumber.UTF8String);
        return name.Build();
    }

    /// <summary>Keeps what is logged of refused certificates: no page says it.</summary>
    private sealed class Verdicts : ILoggerFactory, ILogger
    {
        private volatile string _last = "";

        public string Last => _last;

        public void Clear() => _last = "";

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) { }

        public void Dispose() { }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (Regex.Match(formatter(state, exception), "refused a client's certificate: (.*)\\.$") is { Success: true } match)
                _last = match.Groups[1].Value;
        }
    }
}
