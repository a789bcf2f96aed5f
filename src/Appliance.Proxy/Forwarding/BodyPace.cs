using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The least rate at which a client must send its body, over all the time that was spent waiting for it, behind a grace. Time in which the server does not take what came is not the
/// client's. Kestrel has such a limit, too, but over HTTP/2 it cannot be set for one request.
/// </summary>
internal sealed class BodyPace(int bytesPerSecond, TimeSpan grace, TimeProvider time) : IDisposable
{
    private CancellationTokenSource? patience;
    private TimeSpan waited;
    private volatile bool isLifted;

    /// <summary>From now on the client may take its time: the server has answered, and what it still reads is between the two.</summary>
    public void Lift()
    {
        isLifted = true;
        patience?.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    /// <summary>Reads, or throws <see cref="BadHttpRequestException"/> with 408.</summary>
    public async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, long before, CancellationToken cancellationToken)
    {
        if (patience is not { IsCancellationRequested: false })
        {
            patience?.Dispose();
            patience = new(Timeout.InfiniteTimeSpan, time);
        }

        var allowed = TimeSpan.FromSeconds((double)before / bytesPerSecond);
        var left = isLifted ? TimeSpan.MaxValue : (allowed > grace ? allowed : grace) - waited;
        var begun = time.GetTimestamp();
        await using var stopped = cancellationToken.UnsafeRegister(static one => ((CancellationTokenSource)one!).Cancel(), patience);
        try
        {
            patience.CancelAfter(left > TimeSpan.Zero ? Timer(left) : TimeSpan.Zero);
            return await body.ReadAsync(buffer, patience.Token);
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
            patience.CancelAfter(Timeout.InfiniteTimeSpan);
            waited += time.GetElapsedTime(begun);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => patience?.Dispose();

    // A timer waits for some weeks at most.
    private static TimeSpan Timer(TimeSpan left) => left < TimeSpan.FromDays(1) ? left : Timeout.InfiniteTimeSpan;
}
