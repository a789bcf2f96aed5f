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

    // Waits are counted without the clock of the machine, which can be set.
    private readonly long _begun = time.GetTimestamp();
    private static readonly TimeSpan _longestWait = TimeSpan.FromMinutes(1);
    private IReadOnlyList<NoticeChannel> _channels = [];

    // What is offered before the channels are known: the database may be away at the start. Null from then on.
    private ChannelQueue? _early = new();
    private bool _isHurt;

    private ILogger Log { get; } = log;

    private TimeSpan Now => time.GetElapsedTime(_begun);

    /// <summary>How many channels have had something to send.</summary>
    internal int Queues
    {
        get
        {
            lock (_gate)
                return _queues.Count;
        }
    }

    /// <summary>
    /// The channels from now on. What waits for one that is gone or off is forgotten; what was offered before the first channels is
    /// offered to them.
    /// </summary>
    public void Use(IReadOnlyList<NoticeChannel> channels)
    {
        lock (_gate)
        {
            _channels = channels;
            Forget();
            foreach (var message in _early?.Messages ?? [])
                Give(message);
            _early = null;
        }

        _pulse.Release();
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

    /// <summary>
    /// Somebody sent a test through a channel, beside those that wait: it stands among the last tries. One that is not known is not noted.
    /// </summary>
    public void Tested(Guid channel, NoticeMessage message, SendResult result)
    {
        lock (_gate)
        {
            if (_channels.All(known => known.Id != channel))
                return;
            if (!_queues.TryGetValue(channel, out var queue))
                _queues.Add(channel, queue = new());
            queue.Remember(new(message.At, message.Title, 1, result, null));
        }
    }

    /// <summary>Gives a message to every channel that takes it. Returns immediately.</summary>
    public void Offer(NoticeMessage message)
    {
        lock (_gate)
        {
            if (_early is { } early)
                early.Add(message, Now);
            else
                Give(message);
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
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await WaitAsync(Begin(stoppingToken), stoppingToken);
                _isHurt = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // The console stops: what is being sent is broken off below.
            }
            catch (Exception exception)
            {
                // Going on is right: notices must not end silently for a bug in one round. It is logged once until a round goes well.
                if (!_isHurt)
                    Log.RoundFailed(exception);
                _isHurt = true;
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        Task[] last;
        lock (_gate)
            last = [.. _sending];
        await Task.WhenAll(last);
    }

    private void Give(NoticeMessage message)
    {
        foreach (var channel in _channels.Where(channel => channel.Settings.Takes(message.Row.Kind, message.Row.Severity)))
        {
            if (!_queues.TryGetValue(channel.Id, out var queue))
                _queues.Add(channel.Id, queue = new());
            queue.Add(message, Now);
            if (_queues.Values.Sum(other => other.Count) > MostWaiting)
                _queues.Values.MaxBy(other => other.Count)?.Drop();
        }
    }

    // What waits for a channel that is gone or off. A queue that is busy is looked at again when its try is over.
    private void Forget()
    {
        foreach (var (id, queue) in _queues.ToList())
        {
            var channel = _channels.FirstOrDefault(known => known.Id == id);
            if (channel is not { Settings.IsOn: true })
                queue.Clear();
            if (channel is null && !queue.IsBusy)
                _queues.Remove(id);
        }
    }

    // Begins what is due, and says how long it takes until the next one is.
    private TimeSpan? Begin(CancellationToken stoppingToken)
    {
        lock (_gate)
        {
            var now = Now;
            _sending.RemoveAll(task => task.IsCompleted);
            TimeSpan? next = null;
            foreach (var channel in _channels.Where(channel => channel.Settings.IsOn))
            {
                if (!_queues.TryGetValue(channel.Id, out var queue))
                    continue;
                if (queue.Take(now) is { } message)
                    _sending.Add(SendAsync(channel, queue, message, stoppingToken));
                if (queue.NextAt - now is { } wait && !(wait >= next))
                    next = wait;
            }

            return next;
        }
    }

    private async Task WaitAsync(TimeSpan? until, CancellationToken stoppingToken)
    {
        if (until is not { } wait)
        {
            await _pulse.WaitAsync(stoppingToken);
            return;
        }

        // It really waits, however short, and never longer than a timer can.
        wait = TimeSpan.FromTicks(Math.Clamp(wait.Ticks, TimeSpan.TicksPerMillisecond, _longestWait.Ticks));

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
            if (Done(queue, result))
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
            Done(queue, new(false, "It could not be sent; the log says why.") { IsFinal = true });
            Log.SendFailed(exception, channel.Settings.Name);
        }

        if (!stoppingToken.IsCancellationRequested)
            _pulse.Release();
    }

    // True: it is given up.
    private bool Done(ChannelQueue queue, SendResult result)
    {
        lock (_gate)
        {
            var isLost = queue.Done(result, time.GetUtcNow(), Now);
            Forget();
            return isLost;
        }
    }
}
