namespace Appliance.Web.Controls;

/// <summary>
/// Short messages about what just happened, for one open page. They stay for some seconds, or until somebody takes them away; never less
/// while somebody points at one or has the keyboard in it.
/// </summary>
public sealed class ToastBoard(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan _short = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(75);
    private readonly List<StandingToast> _all = [];
    private long _last;

    /// <summary>Raised on any thread.</summary>
    public event Action? Changed;

    /// <summary>The messages on the board, oldest first.</summary>
    public IReadOnlyList<Toast> All
    {
        get
        {
            lock (_all)
                return [.. _all.Select(standing => standing.Toast)];
        }
    }

    /// <summary>The same with their numbers: the same text twice are two messages.</summary>
    public IReadOnlyList<(long Number, Toast Toast)> Numbered
    {
        get
        {
            lock (_all)
                return [.. _all.Select(standing => (standing.Number, standing.Toast))];
        }
    }

    /// <summary>Shows one. Bad news stays until it is dismissed.</summary>
    public void Show(Toast toast)
    {
        var number = Interlocked.Increment(ref _last);
        var timer = time.CreateTimer(_ => Take(number), null, StayOf(toast), Timeout.InfiniteTimeSpan);
        lock (_all)
            _all.Add(new(number, toast, timer));
        Changed?.Invoke();
    }

    /// <summary>Somebody points at one, or has the keyboard in it: it stays until <see cref="Release"/>.</summary>
    public void Hold(long number) => Change(number, 1);

    /// <summary>The pointer, or the keyboard, has left it. When both have, its time begins again.</summary>
    public void Release(long number) => Change(number, -1);

    /// <summary>Takes a message away before its time.</summary>
    public void Take(long number)
    {
        lock (_all)
        {
            var index = _all.FindIndex(standing => standing.Number == number);
            if (index < 0)
                return;
            _all[index].Timer.Dispose();
            _all.RemoveAt(index);
        }

        Changed?.Invoke();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_all)
        {
            foreach (var standing in _all)
                standing.Timer.Dispose();
            _all.Clear();
        }
    }

    private static TimeSpan StayOf(Toast toast) =>
        toast.Bad ? Timeout.InfiniteTimeSpan
        : toast.Loses ? _long
        : _short;

    private void Change(long number, int holds)
    {
        lock (_all)
        {
            // One that was taken away meanwhile is not there any more.
            if (_all.Find(standing => standing.Number == number) is not { } found)
                return;
            found.Holds += holds;
            found.Timer.Change(found.Holds > 0 ? Timeout.InfiniteTimeSpan : StayOf(found.Toast), Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class StandingToast(long number, Toast toast, ITimer timer)
    {
        public long Number => number;

        public Toast Toast => toast;

        public ITimer Timer => timer;

        public int Holds { get; set; }
    }
}

/// <summary>One message on the board.</summary>
/// <param name="Text">What happened, as a sentence.</param>
/// <param name="Bad">True for a failure: the message stays until it is dismissed.</param>
/// <param name="Undo">Takes the deed back; null: it cannot be taken back.</param>
/// <param name="Next">The step that comes next; null: no step follows.</param>
/// <param name="Loses">True when only Undo brings back what is gone: the message stays for 75 seconds instead of 8.</param>
public sealed record Toast(string Text, bool Bad = false, Func<Task>? Undo = null, NextStep? Next = null, bool Loses = false);

/// <summary>A link to the page of the next step, beside a message.</summary>
/// <param name="Text">As a button says it: <c>Add a route to it</c>.</param>
/// <param name="Href">The page.</param>
public sealed record NextStep(string Text, string Href);
