using Appliance.Proxy.Items;

namespace Appliance.Web.Hosting;

/// <summary>
/// The one way to standard output while the server runs: a thread of its own writes, and everybody else only leaves text here. When nobody
/// reads the other end (a log collector that is stuck), text is dropped and counted; no request and no stop ever waits for it.
/// </summary>
public sealed class LogSink : IDisposable
{
    /// <summary>Characters that wait to be written at most; what comes beyond them is dropped.</summary>
    public const int MostCharacters = 1024 * 1024;

    private static readonly TimeSpan _lastPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _looksAgainAfter = TimeSpan.FromSeconds(1);
    private readonly TextWriter _output;
    private readonly object _gate = new();
    private readonly Queue<(string Text, int Lines)> _waiting = new();
    private readonly Thread _thread;
    private int _characters;
    private long _dropped;
    private long _droppedOfLess;
    private bool _ending;

    /// <summary>Starts the thread that writes.</summary>
    public LogSink(TextWriter output)
    {
        _output = output;
        _thread = new(Run) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <summary>The text that says how many lines were dropped; it ends with a line break.</summary>
    public Func<long, string> Loss { get; set; } = count => LossOf(count) + Environment.NewLine;

    /// <summary>Says in a sentence how many lines were dropped.</summary>
    public static string LossOf(long count) =>
        $"{Counted.Of(count, "line")} of the log {Counted.Noun(count, "was", "were")} dropped, because nobody read the output or its "
        + "disk was full.";

    /// <summary>Leaves text that ends with a line break. Never waits.</summary>
    public void Write(string text) => Write(text, 1);

    /// <summary>
    /// The same for some lines together, in at most <paramref name="most"/> characters of all that wait: what matters more has the rest.
    /// False: there was no room, and they are dropped.
    /// </summary>
    public bool Write(string text, int lines, int most = MostCharacters)
    {
        lock (_gate)
        {
            // The loss is said before the first line behind it: what comes now waits until then, or the count would stand in the wrong
            // place. What has less room does not shut out what has more.
            ref var dropped = ref most < MostCharacters ? ref _droppedOfLess : ref _dropped;
            if (dropped > 0 || _characters + text.Length > most || _ending)
            {
                dropped += lines;
                return false;
            }

            _characters += text.Length;
            _waiting.Enqueue((text, lines));
            Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Writes what waits for a second at most.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ending = true;
            Monitor.Pulse(_gate);
        }

        // A thread that stands in a write ends with the process.
        _thread.Join(_lastPatience);
    }

    private void Run()
    {
        while (Next() is var (text, lines) && text is not null)
        {
            try
            {
                _output.Write(text);
                _output.Flush();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // Going on is right: a full disk behind the output may have room later, and there is nowhere to tell of it.
                lock (_gate)
                {
                    _dropped += lines;
                    if (_ending)
                        return;
                    Monitor.Wait(_gate, _looksAgainAfter);
                }
            }
        }
    }

    // What is next, and how many lines are lost with it: those that it has, or those whose loss it says. Null at the end.
    private (string? Text, long Lines) Next()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && _dropped == 0 && _droppedOfLess == 0 && !_ending)
                Monitor.Wait(_gate);
            if (_waiting.TryDequeue(out var next))
            {
                _characters -= next.Text.Length;
                return next;
            }

            var count = _dropped + _droppedOfLess;
            if (count == 0)
                return (null, 0);
            (_dropped, _droppedOfLess) = (0, 0);
            return (Loss(count), count);
        }
    }
}
