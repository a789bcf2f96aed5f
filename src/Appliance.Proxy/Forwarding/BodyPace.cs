using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The least rate at which a client must send its body, over all the time that was spent waiting for it, behind a grace. Time in which the
/// server does not take what came is not the client's. Kestrel has such a limit, too, but over HTTP/2 it cannot be set for one request.
/// </summary>
internal sealed class BodyPace(int bytesPerSecond, TimeSpan grace, TimeProvider time) : IDisposable
{
    private CancellationTokenSource? _patience;
    private TimeSpan _waited;
    private volatile bool _isLifted;

    /// <summary>From now on the client may take its time: the server has answered, and what it still reads is between the two.</summary>
    public void Lift()
    {
        _isLifted = true;
        _patience?.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    /// <summary>Reads, or throws <see cref="BadHttpRequestException"/> with 408.</summary>
    public async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, long before, CancellationToken cancellationToken)
    {
        if (_patience is not { IsCancellationRequested: false })
        {
            _patience?.Dispose();
            _patience = new(Timeout.InfiniteTimeSpan, time);
        }

        var allowed = TimeSpan.FromSeconds((double)before / bytesPerSecond);
        var left = _isLifted ? TimeSpan.MaxValue : (allowed > grace ? allowed : grace) - _waited;
        var begun = time.GetTimestamp();
        await using var stopped = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _patience);
        try
        {
            _patience.CancelAfter(left > TimeSpan.Zero ? Timer(left) : TimeSpan.Zero);
            return await body.ReadAsync(buffer, _patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BadHttpRequestException("The request body came too slowly.", StatusCodes.Status408RequestTimeout);
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            _patience.CancelAfter(Timeout.InfiniteTimeSpan);
            _waited += time.GetElapsedTime(begun);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _patience?.Dispose();

    // A timer waits for some weeks at most.
    private static TimeSpan Timer(TimeSpan left) => left < TimeSpan.FromDays(1) ? left : Timeout.InfiniteTimeSpan;
}
