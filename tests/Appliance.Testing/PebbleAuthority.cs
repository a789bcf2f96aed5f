using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Appliance.Testing;

/// <summary>
/// An authority that issues by ACME: Debian's pebble, with a DNS of its own (pebble-challtestsrv) in which every name is this machine until
/// a test says otherwise.
/// </summary>
public sealed class PebbleAuthority : IAsyncDisposable
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("appliance-pebble-").FullName;
    private readonly int _port = FreePorts.Next();
    private readonly int _management = FreePorts.Next();
    private readonly int _dns = FreePorts.Next();
    private readonly int _dnsManagement = FreePorts.Next();
    private readonly X509Certificate2 _own;
    private readonly PebbleChoices _choices;
    private readonly HttpClient _http;
    private Process? _authority;
    private Process? _names;
    private int _issued;

    private PebbleAuthority(PebbleChoices choices)
    {
        _choices = choices;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=pebble", key, HashAlgorithmName.SHA256);
        var alternative = new SubjectAlternativeNameBuilder();
        alternative.AddIpAddress(System.Net.IPAddress.Loopback);
        alternative.AddDnsName("localhost");
        request.CertificateExtensions.Add(alternative.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(Path.Combine(_folder, "cert.pem"), _own.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        _http = new(
            new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString() == _own.Thumbprint,
                },
            }
        );
    }

    /// <summary>Its directory.</summary>
    public Uri Directory => new($"https://127.0.0.1:{_port}/dir");

    /// <summary>What its own https address is trusted by.</summary>
    public string TrustedRoots => _own.ExportCertificatePem();

    /// <summary>Its name server, as host:port.</summary>
    public string Resolver => $"127.0.0.1:{_dns}";

    /// <summary>How many certificates it has issued.</summary>
    public int Issued => Volatile.Read(ref _issued);

    /// <summary>Starts both and waits until they answer.</summary>
    public static async Task<PebbleAuthority> StartAsync(PebbleChoices choices)
    {
        var pebble = new PebbleAuthority(choices);
        try
        {
            pebble._names = pebble.Launch(
                "pebble-challtestsrv",
                [
                    "-defaultIPv4",
                    "127.0.0.1",
                    "-defaultIPv6",
                    "",
                    "-dns01",
                    pebble.Resolver,
                    "-management",
                    $"127.0.0.1:{pebble._dnsManagement}",
                    "-http01",
                    "",
                    "-https01",
                    "",
                    "-tlsalpn01",
                    "",
                ]
            );
            await pebble.AnswersAsync($"http://127.0.0.1:{pebble._dnsManagement}/");
            await pebble.StartAuthorityAsync();
            return pebble;
        }
        catch
        {
            await pebble.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the authority again, with new roots and without its accounts.</summary>
    public async Task StartAuthorityAsync()
    {
        var settings = new Dictionary<string, object>
        {
            ["listenAddress"] = $"127.0.0.1:{_port}",
            ["managementListenAddress"] = $"127.0.0.1:{_management}",
            ["certificate"] = Path.Combine(_folder, "cert.pem"),
            ["privateKey"] = Path.Combine(_folder, "key.pem"),
            ["httpPort"] = _choices.HttpPort,
            ["tlsPort"] = FreePorts.Next(),
            ["ocspResponderURL"] = "",
            ["externalAccountBindingRequired"] = _choices.Binding is not null,
            ["externalAccountMACKeys"] = _choices.Binding is var (kid, hmac) ? new Dictionary<string, string> { [kid] = hmac } : [],
            ["domainBlocklist"] = _choices.Blocked,
            ["certificateValidityPeriod"] = (long)_choices.Validity.TotalSeconds,
        };
        var config = Path.Combine(_folder, "pebble.json");
        await File.WriteAllTextAsync(config, JsonSerializer.Serialize(new { pebble = settings }));
        _authority = Launch("pebble", ["-config", config, "-dnsserver", Resolver, "-strict"]);
        await AnswersAsync(Directory.AbsoluteUri);
    }

    /// <summary>Ends the authority, as a power cut would.</summary>
    public async Task StopAuthorityAsync()
    {
        await EndAsync(_authority);
        _authority = null;
    }

    /// <summary>The root of what it issues; of its other chains with a number above 0.</summary>
    public async Task<X509Certificate2> RootAsync(int chain = 0) =>
        X509Certificate2.CreateFromPem(await _http.GetStringAsync($"https://127.0.0.1:{_management}/roots/{chain}"));

    /// <summary>Where every name leads that has no address of its own; empty: nowhere.</summary>
    public Task LeadAllToAsync(string address) => TellAsync("set-default-ipv4", new { ip = address });

    /// <summary>Sets a TXT record, as a provider of DNS would. The name ends with a dot.</summary>
    public Task SetTxtAsync(string name, string value) => TellAsync("set-txt", new { host = name, value });

    /// <summary>Takes a TXT record away.</summary>
    public Task ClearTxtAsync(string name) => TellAsync("clear-txt", new { host = name });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync(_authority);
        await EndAsync(_names);
        _http.Dispose();
        _own.Dispose();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    private async Task TellAsync(string what, object how)
    {
        using var answer = await _http.PostAsJsonAsync($"http://127.0.0.1:{_dnsManagement}/{what}", how);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task EndAsync(Process? process)
    {
        if (process is null)
            return;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private Process Launch(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder, RedirectStandardOutput = true };
        start.Environment["PEBBLE_VA_NOSLEEP"] = "1";
        start.Environment["PEBBLE_AUTHZREUSE"] = "0";
        start.Environment["PEBBLE_ALTERNATE_ROOTS"] = _choices.OtherChains.ToString();
        start.Environment["PEBBLE_WFE_NONCEREJECT"] = _choices.RejectedNonces.ToString();
        var process = Process.Start(start)
            ?? throw new InvalidOperationException($"{program} did not start; run ./dev test, which installs it.");
        process.OutputDataReceived += (_, said) =>
        {
            if (said.Data?.Contains("Issued certificate serial", StringComparison.Ordinal) == true)
                Interlocked.Increment(ref _issued);
        };
        process.BeginOutputReadLine();
        return process;
    }

    private Task AnswersAsync(string url) =>
        Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    using var _ = await _http.GetAsync(url);
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            $"{url} answers"
        );
}

/// <summary>How pebble shall be.</summary>
/// <param name="HttpPort">The port at which it asks names by HTTP-01, which is 80 elsewhere.</param>
public sealed record PebbleChoices(int HttpPort)
{
    /// <summary>The only key for external account binding that it knows; null: it wants none.</summary>
    public (string Kid, string Hmac)? Binding { get; init; }

    /// <summary>Domains for which it does not issue.</summary>
    public string[] Blocked { get; init; } = [];

    /// <summary>How long its certificates last. Default 90 days.</summary>
    public TimeSpan Validity { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Of a hundred good nonces, so many are refused.</summary>
    public int RejectedNonces { get; init; }

    /// <summary>How many chains to other roots it offers beside its own choice.</summary>
    public int OtherChains { get; init; }
}
