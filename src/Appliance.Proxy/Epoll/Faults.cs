namespace Appliance.Proxy.Epoll;

/// <summary>
/// The seam by which a test lets a system call or an allocation of the event loops fail. It is off in the product: the switch is read once,
/// into a field that never changes, so that the JIT compiles every question here to the constant "no" and leaves no trace of it in the code
/// (an ordinary static field would cost a load and a comparison in front of every recv).
/// </summary>
internal static class Faults
{
    /// <summary>The runtime option that turns the seam on; only the tests' project sets it.</summary>
    public const string Switch = "Appliance.Epoll.Faults";

    private static readonly bool _on = AppContext.TryGetSwitch(Switch, out var on) && on;

    /// <summary>
    /// What is to fail: asked at every point, on any thread; a negated errno, or 0 for "go on". Static, because the calls are; a test that
    /// sets it runs alone.
    /// </summary>
    public static Func<FaultPoint, int>? Plan { get; set; }

    /// <summary>A negated errno when this call is to fail, else 0.</summary>
    public static int At(FaultPoint point) => _on && Plan is { } plan ? plan(point) : 0;

    /// <summary>Throws <see cref="InsufficientMemoryException"/> when the allocation that follows is to fail.</summary>
    public static void Allocating()
    {
        if (_on && Plan is { } plan && plan(FaultPoint.Allocation) < 0)
            throw new InsufficientMemoryException("A test wants this allocation to fail.");
    }

    /// <summary>Throws what TLS throws of a record that it cannot read or write, when it is to fail.</summary>
    public static void Enciphering(FaultPoint point)
    {
        if (_on && Plan is { } plan && plan(point) < 0)
            throw new IOException("A test wants this TLS call to fail.");
    }
}

/// <summary>The calls at which tests can inject a failure.</summary>
internal enum FaultPoint
{
    Allocation,
    EpollControl,
    EpollWait,
    EventCreate,
    Socket,
    Connect,
    Accept,
    LocalAddress,
    IsConnected,
    Receive,
    Peek,
    Send,
    ShutdownSend,
    NoDelay,
    PendingError,
    TlsRead,
    TlsWrite,
}
