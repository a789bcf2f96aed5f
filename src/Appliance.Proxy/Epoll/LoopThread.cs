using System.Runtime.CompilerServices;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// The thread of an event loop, for code that goes on there when its socket is ready. All connections of the loop wait meanwhile: what may
/// block, or has much to do, leaves first.
/// </summary>
internal static class LoopThread
{
    // How many requests one connection is answered in a row before others have their turn.
    private const int MostInARow = 32;

    [ThreadStatic]
    private static bool _isOne;

    [ThreadStatic]
    private static int _done;

    /// <summary>True on the thread of an event loop.</summary>
    public static bool IsCurrent => _isOne;

    /// <summary>
    /// Counts a request that begins here. True when the connection has had more than its share of this turn, and should leave.
    /// </summary>
    public static bool HasHadItsTurn() => _isOne && ++_done > MostInARow;

    /// <summary>This thread is one from now on.</summary>
    public static void Enter() => _isOne = true;

    /// <summary>The next connection has its turn.</summary>
    public static void NextTurn() => _done = 0;

    /// <summary>Goes on on the thread pool; in place for who is there already.</summary>
    public static Leaving LeaveAsync() => default;

    /// <summary>To be awaited.</summary>
    public readonly struct Leaving : ICriticalNotifyCompletion
    {
        /// <summary>Itself.</summary>
        public Leaving GetAwaiter() => this;

        /// <summary>True when there is nothing to leave.</summary>
        public bool IsCompleted => !_isOne;

        /// <summary>Nothing to get.</summary>
        public void GetResult() { }

        /// <inheritdoc/>
        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        /// <inheritdoc/>
        public void UnsafeOnCompleted(Action continuation) =>
            ThreadPool.UnsafeQueueUserWorkItem(static goOn => goOn(), continuation, preferLocal: false);
    }
}
