namespace Appliance.Proxy.Epoll;

/// <summary>
/// Handlers that wait for a turn, as a list through the handlers themselves: adding to it allocates nothing and cannot fail. Any thread
/// adds; the loop's takes.
/// </summary>
internal sealed class PostedHandlers
{
    // The last one first.
    private EpollHandler? _last;

    /// <summary>
    /// Adds a handler. False when it is there already: it has the turn still before it, because its flag falls before the turn begins.
    /// </summary>
    public bool Add(EpollHandler handler)
    {
        if (Interlocked.Exchange(ref handler.Posted, 1) != 0)
            return false;
        while (true)
        {
            var before = Volatile.Read(ref _last);
            handler.NextPosted = before;
            if (Interlocked.CompareExchange(ref _last, handler, before) == before)
                return true;
        }
    }

    /// <summary>Takes all, the one that was posted first in front; for <see cref="Next"/>.</summary>
    public EpollHandler? Take()
    {
        if (Volatile.Read(ref _last) is null)
            return null;
        EpollHandler? first = null;
        for (var handler = Interlocked.Exchange(ref _last, null); handler is not null; )
        {
            var before = handler.NextPosted;
            handler.NextPosted = first;
            first = handler;
            handler = before;
        }

        return first;
    }

    /// <summary>Unties the first of what was taken; null when nobody is left.</summary>
    public static EpollHandler? Next(ref EpollHandler? taken)
    {
        if (taken is not { } handler)
            return null;
        taken = handler.NextPosted;
        handler.NextPosted = null;
        Interlocked.Exchange(ref handler.Posted, 0);
        return handler;
    }
}
