namespace Appliance.Web.Controls;

/// <summary>Short messages about what just happened, for one open page. They stay for some seconds, or until somebody takes them away.</summary>
public sealed class ToastBoard(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Stay = TimeSpan.FromSeconds(9);
    private readonly List<(Toast Toast, ITimer Timer)> all = [];

    /// <summary>Raised on any thread.</summary>
    public event Action? Changed;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Toast> All
    {
        get
        {
            lock (all)
                return [.. all.Select(one => one.Toast)];
        }
    }

    /// <summary>Shows one. Bad news stays until it is dismissed.</summary>
    public void Show(Toast toast)
    {
        var timer = time.CreateTimer(_ => Take(toast), null, toast.Bad ? Timeout.InfiniteTimeSpan : Stay, Timeout.InfiniteTimeSpan);
        lock (all)
            all.Add((toast, timer));
        Changed?.Invoke();
    }

    /// <summary>Takes one away.</summary>
    public void Take(Toast toast)
    {
        lock (all)
        {
            var index = all.FindIndex(one => one.Toast == toast);
            if (index < 0)
                return;
            all[index].Timer.Dispose();
            all.RemoveAt(index);
        }

        Changed?.Invoke();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (all)
        {
            foreach (var (_, timer) in all)
                timer.Dispose();
            all.Clear();
        }
    }
}

/// <summary>One message.</summary>
/// <param name="Text">A sentence.</param>
/// <param name="Bad">Something did not work.</param>
/// <param name="Undo">Takes it back, or null when it cannot be.</param>
/// <param name="Next">The step that comes next, or null when there is none.</param>
public sealed record Toast(string Text, bool Bad = false, Func<Task>? Undo = null, NextStep? Next = null);

/// <summary>What somebody may do after what just happened.</summary>
/// <param name="Text">As a button says it: <c>Add a route to it</c>.</param>
/// <param name="Href">The page.</param>
public sealed record NextStep(string Text, string Href);
