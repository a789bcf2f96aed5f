using System.Collections.Immutable;
using System.Net.Security;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Certificates;

/// <summary>
/// Every certificate that can be served or shown to a server: those of a folder, looked at every ten seconds, and those that the product
/// holds, read as soon as one changes. A change of either puts a new <see cref="CertificateChoice"/> in place and touches no open
/// connection. A source that is away takes nothing from what was served.
/// </summary>
public sealed class CertificateShelf : BackgroundService
{
    internal static readonly TimeSpan LooksEvery = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly CertificateFolder _folder;
    private readonly ICertificateSource? _source;
    private readonly HeldCertificates _held;
    private readonly bool _isServed;
    private readonly TimeProvider _time;
    private readonly ILogger<CertificateShelf> _log;
    private readonly TicketKeys _keys;
    private readonly Lazy<ServedCertificate> _lastResort;
    private CertificateProblem? _away;
    private bool _warned;
    private State _state;

    /// <summary>Reads the folder. <see cref="ReadHeldAsync"/> reads what the product holds.</summary>
    /// <param name="folder">The certificates in a folder.</param>
    /// <param name="source">The certificates that the product holds; null: there is only the folder.</param>
    /// <param name="isServed">True when some port shows certificates: having no certificate is then worth a line in the log.</param>
    /// <param name="time">The clock that decides which certificates are valid.</param>
    /// <param name="log">The log that says what is wrong.</param>
    internal CertificateShelf(
        CertificateFolder folder,
        ICertificateSource? source,
        bool isServed,
        TimeProvider time,
        ILogger<CertificateShelf> log
    )
    {
        (_folder, _source, _isServed, _time, _log) = (folder, source, isServed, time, log);
        _held = new(time, log);
        _keys = new(time);
        _lastResort = new(() => SelfMade.Make(time.GetUtcNow()));
        folder.Look();
        _state = Made();
    }

    /// <summary>What is served now. Another instance after every change.</summary>
    public CertificateChoice Choice => Volatile.Read(ref _state).Choice;

    /// <summary>The certificates that cannot be used, and why.</summary>
    public ImmutableArray<CertificateProblem> Problems => Volatile.Read(ref _state).Problems;

    /// <summary>The certificate for a name as a client said it; null or empty for none.</summary>
    public ServedCertificate For(string? name) => Choice.For(name, _time.GetUtcNow());

    /// <summary>What a handshake for this name gets, for a listener beside the proxy's own.</summary>
    public SslStreamCertificateContext ContextFor(string? name) => ContextOf(For(name));

    /// <summary>What a handshake with this certificate gets now.</summary>
    internal SslStreamCertificateContext ContextOf(ServedCertificate certificate) => _keys.For(certificate);

    /// <summary>As <see cref="CertificateChoice.Named"/>, of this moment.</summary>
    public ServedCertificate? Find(string name) => Choice.Named(name);

    /// <summary>Reads what is held, now. Never throws but for the token: what was served goes on.</summary>
    internal async Task ReadHeldAsync(CancellationToken cancellationToken)
    {
        try
        {
            var read = _source is null ? [] : await _source.ReadHeldAsync(cancellationToken);
            lock (_gate)
            {
                if (_held.Take(read) | _away is not null)
                {
                    _away = null;
                    Arrange();
                }

                WarnIfNone();
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Going on is right: what was read before is served, and soon there is another look.
            lock (_gate)
            {
                if (_away is not null)
                    return;
                _log.StoreAway(exception);
                _away = new("", "The certificates in the database cannot be read; those that were read before are still served.");
                Arrange();
            }
        }
    }

    /// <summary>Looks at the folder, now.</summary>
    internal void Look()
    {
        lock (_gate)
        {
            // And what was not valid yet may be now.
            if (
                _folder.Look()
                || _state.Choice.All.Any(certificate => certificate.NotBefore > _state.At && certificate.NotBefore <= _time.GetUtcNow())
            )
            {
                Arrange();
                WarnIfNone();
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(WatchFolderAsync(stoppingToken), WatchHeldAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The proxy stops.
        }
    }

    private async Task WatchFolderAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LooksEvery, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Look();
            }
            catch (Exception exception)
            {
                // Going on is right: what was read before is served, and in ten seconds there is another look.
                _log.LookFailed(exception);
            }
        }
    }

    private async Task WatchHeldAsync(CancellationToken stoppingToken)
    {
        while (_source is not null)
        {
            await _source.WaitForChangeAsync(LooksEvery, stoppingToken);
            await ReadHeldAsync(stoppingToken);
        }
    }

    private void Arrange() => Volatile.Write(ref _state, Made());

    private State Made()
    {
        var now = _time.GetUtcNow();
        return new(
            new([.. _folder.Served, .. _held.Served], _lastResort, now),
            [.. _folder.Problems, .. _held.Problems, .. _away is null ? [] : new[] { _away }],
            now
        );
    }

    // Once, until there was one. Not before both sources were read.
    private void WarnIfNone()
    {
        var none = Choice.Chosen is null;
        if (none && _isServed && !_warned)
            _log.NothingToServe();
        _warned = none;
    }

    private sealed record State(CertificateChoice Choice, ImmutableArray<CertificateProblem> Problems, DateTimeOffset At);
}

internal static partial class CertificateShelfLog
{
    [LoggerMessage(
        1606,
        LogLevel.Information,
        "There is no certificate for HTTPS yet: one was made that clients do not trust. Add one in the console, or put one into the "
            + "folder that APPLIANCE_CERTIFICATES names."
    )]
    public static partial void NothingToServe(this ILogger<CertificateShelf> log);

    [LoggerMessage(1608, LogLevel.Error, "The look at the certificates failed; what was read before is still served.")]
    public static partial void LookFailed(this ILogger<CertificateShelf> log, Exception exception);

    [LoggerMessage(1609, LogLevel.Error, "The certificates in the database cannot be read; what was read before is still served.")]
    public static partial void StoreAway(this ILogger<CertificateShelf> log, Exception exception);
}
