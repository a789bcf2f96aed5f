using System.Diagnostics;

namespace Appliance.Proxy.Dialing;

/// <summary>
/// Which HTTP an https server chooses when it is offered HTTP/2 and HTTP/1.1 (ALPN; RFC 7301). Every connection that offers both tells it.
/// Before anything is known one connection asks, and the others wait for it: of a server that chooses HTTP/2, one connection is enough for
/// all. What is known counts for the TLS settings under which it was found out. Any thread.
/// </summary>
internal sealed class ServerProtocol
{
    private static readonly TimeSpan _freshness = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private volatile Choice? _choice;
    private TaskCompletionSource<UpstreamConnectException?>? _asking;
    private UpstreamTls? _askingFor;
    private Offered? _offered;

    /// <summary>The choice under these settings: true for HTTP/2; null when it is not known.</summary>
    public bool? Of(UpstreamTls settings) => _choice is { } choice && choice.Settings == settings ? choice.IsHttp2 : null;

    /// <summary>A connection that offered both was made under these settings, and this is what the server chose.</summary>
    public void Learn(UpstreamTls settings, bool isHttp2)
    {
        if (Of(settings) != isHttp2)
            _choice = new(settings, isHttp2);
    }

    /// <summary>
    /// Null: nobody asks, and the caller does from now on; <see cref="HasAsked"/> follows, whatever becomes of it. Else the end of another
    /// one's asking: why it found nothing out, or null. What it met under other settings says nothing about these: null, too.
    /// </summary>
    public Task<UpstreamConnectException?>? Ask(UpstreamTls settings)
    {
        lock (_gate)
        {
            if (_asking is not null)
                return _askingFor == settings ? _asking.Task : WithoutFailureAsync(_asking.Task);
            _asking = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _askingFor = settings;
            return null;
        }
    }

    /// <summary>The asking is over. <paramref name="failure"/> is what every other connection would meet, too; null: look again.</summary>
    public void HasAsked(UpstreamConnectException? failure)
    {
        TaskCompletionSource<UpstreamConnectException?>? asking;
        lock (_gate)
            (asking, _asking) = (_asking, null);
        asking?.SetResult(failure);
    }

    /// <summary>
    /// Leaves a connection of HTTP/2 for the next one who would open one, for a moment; <see cref="Withdraw"/> follows.
    /// </summary>
    public void Offer(UpstreamTls settings, ServerTlsStream connection) => Exchange(new(settings, connection, Stopwatch.GetTimestamp()));

    /// <summary>The connection that was left here under these settings; null: none.</summary>
    public ServerTlsStream? Take(UpstreamTls settings)
    {
        var offered = Interlocked.Exchange(ref _offered, null);
        if (offered is null)
            return null;

        // A server closes what is silent for long.
        if (offered.Settings == settings && Stopwatch.GetElapsedTime(offered.At) < _freshness)
            return offered.Connection;
        offered.Connection.Dispose();
        return null;
    }

    /// <summary>Closes the connection that nobody has taken, if there is one.</summary>
    public void Withdraw() => Exchange(null);

    private static async Task<UpstreamConnectException?> WithoutFailureAsync(Task asking)
    {
        await asking;
        return null;
    }

    private void Exchange(Offered? next) => Interlocked.Exchange(ref _offered, next)?.Connection.Dispose();

    private sealed record Offered(UpstreamTls Settings, ServerTlsStream Connection, long At);

    private sealed record Choice(UpstreamTls Settings, bool IsHttp2);
}
