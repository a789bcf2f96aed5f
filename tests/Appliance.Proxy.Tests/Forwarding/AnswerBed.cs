using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>A proxy between a client and a server of each kind: http, https, h2c behind it, HTTP/1.1 and HTTP/2 in front.</summary>
internal sealed class AnswerBed : IAsyncDisposable
{
    private const string Name = "a.example.com";
    private readonly Issued _issued = new();
    private readonly X509Certificate2 _own = OwnCertificate();
    private readonly List<RecordingBackend> _backends = [];
    private readonly List<RecordingHttp2Backend> _http2 = [];
    private ProxyUnderTest? _proxy;

    /// <summary>Every combination that has an HTTP/1.1 server.</summary>
    public static TheoryData<string, string> OverHttp1 =>
        new()
        {
            { "http", "1.1" },
            { "http", "2" },
            { "https", "1.1" },
        };

    /// <summary>The proxy.</summary>
    public ProxyUnderTest Proxy => _proxy ?? throw new InvalidOperationException("Not started.");

    /// <summary>An HTTP/1.1 server, with TLS for https, that answers these Latin-1 bytes to everything.</summary>
    public RecordingBackend Server(string scheme, string answer)
    {
        var backend = new RecordingBackend("one", scheme == "https" ? _own : null) { Answer = _ => answer };
        _backends.Add(backend);
        return backend;
    }

    /// <summary>A server of HTTP/2 without TLS that answers this head, and this body if there is one.</summary>
    public RecordingHttp2Backend Http2Server(string? body, params (string Name, string Value)[] head)
    {
        var backend = new RecordingHttp2Backend
        {
            Answer = (_, stream) =>
                body is null
                    ? [RecordingHttp2Backend.Head(stream, true, head)]
                    :
                    [
                        RecordingHttp2Backend.Head(stream, false, head),
                        new(Http2Frame.Data, Http2Frame.EndStream, stream, System.Text.Encoding.Latin1.GetBytes(body)),
                    ],
        };
        _http2.Add(backend);
        return backend;
    }

    /// <summary>Starts the proxy before every server made so far.</summary>
    public async Task StartAsync(Func<ProxyConfig, ProxyConfig>? change = null)
    {
        _issued.Write("a", [Name]);
        var config = Configs.All([.. _backends.Select(backend => backend.Address), .. _http2.Select(backend => backend.Address)]);
        config = config with { UpstreamPools = [config.UpstreamPools[0] with { Tls = new() { Verify = false } }] };
        _proxy = await ProxyUnderTest.StartAsync(change?.Invoke(config) ?? config, new() { HttpsPort = 0, Certificates = _issued.Folder });
    }

    /// <summary>One request over that protocol, on a connection of its own.</summary>
    public async Task<RawAnswer> AskAsync(string protocol, string path = "/", string method = "GET")
    {
        if (protocol != "2")
            return await RawHttp.SendAsync(Proxy.Port, $"{method} {path} HTTP/{protocol}\r\nHost: {Name}\r\n\r\n");
        await using var client = await Http2Async();
        await client.HeadersAsync(endStream: true, (":method", method), (":scheme", "https"), (":authority", Name), (":path", path));
        return await client.ReadAnswerAsync();
    }

    /// <summary>A connection of HTTP/2.</summary>
    public Task<RawHttp2> Http2Async() => RawHttp2.ConnectAsync(Proxy.Host.HttpsEndPoint!.Port, Name);

    /// <summary>The head of a request over HTTP/2.</summary>
    public static (string Name, string Value)[] Http2Head(string method, params (string Name, string Value)[] fields) =>
        [(":method", method), (":scheme", "https"), (":authority", Name), (":path", "/"), .. fields];

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        foreach (var backend in _backends)
            await backend.DisposeAsync();
        foreach (var backend in _http2)
            await backend.DisposeAsync();
        _own.Dispose();
        _issued.Dispose();
    }

    private static X509Certificate2 OwnCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(1)
        );
    }
}
