using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>
/// Lets calls of the event loops fail until it is disposed. Only for tests that run alone: the seam is the whole process's.
/// </summary>
internal sealed class FaultAtCall : IDisposable
{
    private readonly Func<FaultPoint, bool> _counts;
    private readonly int _from;
    private readonly int _times;
    private readonly Func<FaultPoint, int> _error;
    private int _calls;
    private int _failed;

    /// <summary>The <paramref name="from"/>-th call that <paramref name="counts"/>, counted from 1, fails, and so many behind it.</summary>
    public FaultAtCall(Func<FaultPoint, bool> counts, int from, int times = 1, int? error = null)
    {
        (_counts, _from, _times, _error) = (counts, from, times, error is { } always ? _ => always : Usual);
        Faults.Plan = At;
    }

    /// <summary>How many have failed.</summary>
    public int Failed => Volatile.Read(ref _failed);

    /// <summary>What failed first, for a message.</summary>
    public FaultPoint What { get; private set; }

    /// <summary>And who had called, the nearest first.</summary>
    public string Callers { get; private set; } = "";

    /// <summary>An error that the call really has.</summary>
    public static int Usual(FaultPoint point) =>
        point switch
        {
            FaultPoint.Receive or FaultPoint.Peek => 104,
            FaultPoint.Send => 105,
            FaultPoint.Connect => 111,
            FaultPoint.ShutdownSend or FaultPoint.IsConnected => 107,
            FaultPoint.Accept or FaultPoint.Socket or FaultPoint.EventCreate => 24,
            FaultPoint.EpollControl => 28,
            FaultPoint.EpollWait => 4,
            _ => 12,
        };

    public void Dispose() => Faults.Plan = null;

    private int At(FaultPoint point)
    {
        if (!_counts(point))
            return 0;
        var call = Interlocked.Increment(ref _calls);
        if (call < _from || call - _from >= _times)
            return 0;
        if (Interlocked.Increment(ref _failed) == 1)
            (What, Callers) = (point, Seen());
        return -_error(point);
    }

    private static string Seen() =>
        string.Join(
            " < ",
            new System.Diagnostics.StackTrace()
                .GetFrames()
                .Select(frame => frame.GetMethod())
                .Where(method => method?.DeclaringType?.FullName?.StartsWith("Appliance.Proxy.", StringComparison.Ordinal) == true)
                .Skip(3)
                .Take(12)
                .Select(method => $"{method!.DeclaringType!.Name}.{method.Name}")
        ); // as filtered
}
