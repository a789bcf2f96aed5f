using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>A real proxy, three recording servers behind it, and everything that was noticed.</summary>
internal sealed class FuzzBed : IAsyncDisposable
{
    /// <summary>How long any answer may take, on a machine that has much else to do.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly X509Certificate2 _certificate = Authority.SelfSigned("127.0.0.1");
    private readonly TroubleLog _log = new();
    private readonly ConcurrentDictionary<string, (FuzzCase Case, Probe Probe)> _refused = new();
    private readonly Http1Recorder _http;
    private readonly Http1Recorder _https;
    private readonly Http2Recorder _h2c;
    private DateTimeOffset _judged = DateTimeOffset.UtcNow;

    private FuzzBed()
    {
        _http = new(Records);
        _https = new(Records, _certificate);
        _h2c = new(Records);
    }

    public Records Records { get; } = new();

    public ProxyUnderTest Proxy { get; private set; } = null!; // StartAsync sets it

    /// <summary>Texts that the validator did not take, see <see cref="FuzzConfig"/>.</summary>
    public IReadOnlySet<string> RefusedTexts { get; private set; } = new HashSet<string>();

    public static async Task<FuzzBed> StartAsync(RelayChoice relay)
    {
        var bed = new FuzzBed();
        var (config, refused) = FuzzConfig.Make(bed._http.Address, bed._https.Address, bed._h2c.Address);
        bed.RefusedTexts = refused;
        bed.Proxy = await ProxyUnderTest.StartAsync(config, new() { HttpsPort = 0, Relay = relay }, bed._log);
        return bed;
    }

    public int PortOf(Placing at) => at.IsSecure ? Proxy.Host.HttpsEndPoint!.Port : Proxy.Port; // it listens on both

    /// <summary>What was refused may still leave half a request at a server.</summary>
    public void Refused(FuzzCase one, Probe probe) => _refused[probe.Placing.Mark] = (one, probe);

    /// <summary>After some cases: what servers got that nobody has claimed, and whether any was blamed.</summary>
    public async Task<List<string>> JudgeAsync(bool mayBlame = false)
    {
        var findings = new List<string>();
        await SampledAsync();
        foreach (var late in Records.TakeRest())
        {
            var known = late.Values("x-mark") is [var mark] && _refused.TryGetValue(mark, out var found) ? found : default;
            var refused = new Answer(400, [], "", AnswerEnd.Closed);
            if (known.Case is null || late.IsComplete || Judge.Complaint(known.Probe, refused, [late]) is not null)
                findings.Add($"{known.Case}: nobody sent this: {Octets.Literal(late.Raw)} {late.Fault}");
        }

        foreach (var server in Proxy.Host.Upstreams.Pools.Values.SelectMany(pool => pool.Servers))
        {
            if (!mayBlame && server.LastErrorAt > _judged)
                findings.Add($"{server.Address} was blamed: {server.LastError}");
        }

        _refused.Clear();
        _judged = DateTimeOffset.UtcNow;
        findings.AddRange(_log.Take());
        return findings;
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await _http.DisposeAsync();
        await _https.DisposeAsync();
        await _h2c.DisposeAsync();
        _certificate.Dispose();
        _log.Dispose();
    }

    // Twice: the first sample may have begun before.
    private async Task SampledAsync()
    {
        for (var turn = 0; turn < 2; turn++)
        {
            var before = Proxy.Host.Upstreams.At;
            await Eventually.TrueAsync(() => Task.FromResult(Proxy.Host.Upstreams.At > before), "the pools are looked at");
        }
    }

    /// <summary>Keeps what is logged of failures inside the proxy.</summary>
    private sealed class TroubleLog : ILoggerFactory, ILogger
    {
        private const int Most = 20;
        private readonly ConcurrentQueue<string> _lines = [];

        public List<string> Take()
        {
            List<string> lines = [.. _lines];
            _lines.Clear();
            return lines;
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) { }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel) && _lines.Count < Most)
                _lines.Enqueue($"logged: {formatter(state, exception)} {exception}");
        }

        public void Dispose() { }
    }
}
