using Appliance.Data.Notices;

namespace Appliance.Web.Notices.Channels;

/// <summary>
/// Carries notices to the channels in the background: each channel sends one at a time, and none waits for another. What waits is in
/// memory, at most <see cref="MostWaiting"/> messages. Thread-safe.
/// </summary>
public sealed class NoticePost(NoticeSender sender, TimeProvider time, ILogger<NoticePost> log) : BackgroundService
{
    /// <summary>Most messages that wait, for all channels together.</summary>
    public const int MostWaiting = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, ChannelQueue> _queues = [];
    private readonly List<Task> _sending = [];
    private readonly SemaphoreSlim _pulse = new(0);
    private IReadOnlyList<NoticeChannel> _channels = [];

    private ILogger Log { get; } = log;

    /// <summary>The channels from now on. What waits for one that is gone or off is forgotten.</summary>
    public void Use(IReadOnlyList<NoticeChannel> channels)
    {
        lock (_gate)
        {
            _channels = channels;
            foreach (var (id, queue) in _queues.ToList())
            {
                var channel = channels.FirstOrDefault(known => known.Id == id);
                if (channel is not { Settings.IsOn: true })
                    queue.Clear();
                if (channel is null && !queue.IsBusy)
                    _queues.Remove(id);
            }
        }
    }

    /// <summary>The channels, by name, with what waits and what came of the last tries.</summary>
    public IReadOnlyList<ChannelState> States()
    {
        lock (_gate)
            return
            [
                .. _channels.Select(channel =>
                {
                    var queue = _queues.GetValueOrDefault(channel.Id);
                    return new ChannelState(channel.Id, channel.Settings, queue?.Count ?? 0, queue?.Dropped ?? 0, queue?.Deliveries ?? [])
                    {
                        HasSecrets = channel.Secrets is not null,
                    };
                }),
            ];
    }

    /// <summary>Gives a message to every channel that takes it. Returns immediately.</summary>
    public void Offer(NoticeMessage message)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            foreach (var channel in _channels.Where(channel => channel.Settings.Takes(message.Row.Kind, message.Row.Severity)))
            {
                if (!_queues.TryGetValue(channel.Id, out var queue))
                    _queues.Add(channel.Id, queue = new());
                if (_queues.Values.Sum(other => other.Count) >= MostWaiting)
                    _queues.Values.MaxBy(other => other.Count)?.Drop();
                queue.Add(message, now);
            }
        }

        _pulse.Release();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _pulse.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await WaitAsync(Begin(stoppingToken), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The console stops: what is being sent is broken off below.
        }

        Task[] last;
        lock (_gate)
            last = [.. _sending];
        await Task.WhenAll(last);
    }

    // Begins what is due, and says when the next one is.
    private DateTimeOffset? Begin(CancellationToken stoppingToken)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            _sending.RemoveAll(task => task.IsCompleted);
            foreach (var (id, queue) in _queues)
            {
                if (_channels.FirstOrDefault(known => known.Id == id) is { } channel && queue.Take(now) is { } message)
                    _sending.Add(SendAsync(channel, queue, message, stoppingToken));
            }

            return _queues.Values.Select(queue => queue.NextAt).Min();
        }
    }

    private async Task WaitAsync(DateTimeOffset? until, CancellationToken stoppingToken)
    {
        if (until is not { } at)
        {
            await _pulse.WaitAsync(stoppingToken);
            return;
        }

        var wait = at - time.GetUtcNow();
        if (wait <= TimeSpan.Zero)
            return;

        // A semaphore knows no clock of a test.
        using var rings = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(rings.Token, stoppingToken);
        try
        {
            await _pulse.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // One is due.
        }
    }

    private async Task SendAsync(NoticeChannel channel, ChannelQueue queue, NoticeMessage message, CancellationToken stoppingToken)
    {
        // Nothing of it under the lock of the caller.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var result = await sender.SendAsync(channel.Settings, channel.Secrets, message, stoppingToken);
            bool isLost;
            lock (_gate)
                isLost = queue.Done(result, time.GetUtcNow());
            if (isLost)
                Log.NotDelivered(channel.Settings.Name, message.Title, result.Words);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            lock (_gate)
                queue.Broken();
        }
        catch (Exception exception)
        {
            // Going on is right: a bug in one message must not stop the others. It is not tried again.
            lock (_gate)
                queue.Done(new(false, "It could not be sent; the log says why.") { IsFinal = true }, time.GetUtcNow());
            Log.SendFailed(exception, channel.Settings.Name);
        }

        if (!stoppingToken.IsCancellationRequested)
            _pulse.Release();
    }
}

internal static partial class NoticePostLog
{
    [LoggerMessage(3900, LogLevel.Warning, "Channel {Channel} did not get the notice \"{Title}\", and it is not tried again: {Reason}")]
    public static partial void NotDelivered(this ILogger log, string channel, string title, string reason);

    [LoggerMessage(3901, LogLevel.Error, "Channel {Channel} could not send a notice.")]
    public static partial void SendFailed(this ILogger log, Exception exception, string channel);
}
