using System.Buffers;
using Appliance.Proxy.Items;
using Appliance.Proxy.Variables;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.AccessLogs;

/// <summary>
/// One line for each request and each WebSocket. Requests leave their lines in memory; a thread of its own writes them in batches. No
/// request waits for a disk or a reader: what does not fit is dropped and counted, and the count is said in the log.
/// </summary>
public sealed class AccessLog : IDisposable
{
    /// <summary>Bytes of lines that wait to be written at most; beyond them lines are dropped.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    private const int KeptBytes = 256 * 1024;
    private const int MostKeptBytes = 16 * 1024;
    private static readonly TimeSpan _lastPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _saysAgainAfter = TimeSpan.FromMinutes(1);

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _line;

    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private volatile AccessLogFormat _format;
    private volatile bool _isOn;
    private IAccessLogSink[] _sinks; // of the thread that writes
    private IAccessLogSink[]? _next; // those that are to come
    private int _before; // bytes that wait and are for the sinks before those
    private int _linesBefore;
    private byte[] _waiting = new byte[KeptBytes];
    private int _length;
    private int _lines;
    private long _dropped;
    private long _lost; // of the thread that writes
    private bool _isIdle;
    private bool _gathers;
    private bool _reopens;
    private bool _ending;
    private long _lostSince;
    private long _saidAt;
    private string _why = "";

    /// <summary>Lines in that format, written to each of the sinks.</summary>
    public AccessLog(AccessLogFormat format, IEnumerable<IAccessLogSink> sinks, TimeProvider time, ILogger<AccessLog> log)
    {
        (_format, _sinks, _time, _log) = (format, [.. sinks], time, log);
        _isOn = _sinks.Length > 0;
        _thread = new(Run) { IsBackground = true, Name = "access log" };
        _thread.Start();
    }

    /// <summary>Lines that were dropped since the start.</summary>
    public long Dropped => Volatile.Read(ref _lost) + Volatile.Read(ref _sinks).Sum(sink => sink.Dropped);

    /// <summary>How long lines are gathered, unless many come before.</summary>
    internal TimeSpan GathersFor { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>False: it has no place to write to, and makes no lines.</summary>
    public bool IsOn => _isOn;

    /// <summary>
    /// From now on, lines have that format and go to those sinks; without sinks the log is off. What waits goes to the sinks before, which
    /// are then disposed. Never waits.
    /// </summary>
    public void Change(AccessLogFormat format, IEnumerable<IAccessLogSink> sinks)
    {
        IAccessLogSink[] next = [.. sinks];
        IAccessLogSink[] passedOver;
        lock (_gate)
        {
            passedOver = _ending ? next : _next ?? [];
            if (!_ending)
            {
                if (_next is null)
                    (_before, _linesBefore) = (_length, _lines);
                (_format, _next, _isOn) = (format, next, next.Length > 0);
                Monitor.Pulse(_gate);
            }
        }

        // Nothing was written to them: another change was quicker than the thread.
        foreach (var sink in passedOver)
            sink.Dispose();
    }

    /// <summary>Writes the line of a request that is over. Never waits.</summary>
    internal void Write(RequestFacts facts)
    {
        if (!_isOn)
            return;
        var line = Line();
        _format.Write(facts, line);
        Add(line.WrittenSpan);
    }

    /// <summary>The line of a WebSocket that has opened; <see cref="Write(PendingLine)"/> follows when it is over.</summary>
    internal PendingLine Begin(RequestFacts facts, AnswerFacts answer) => _format.Begin(facts, answer);

    /// <summary>Writes the line of a WebSocket that is over. Never waits.</summary>
    internal void Write(PendingLine pending)
    {
        if (!_isOn)
            return;
        var line = Line();
        pending.Format.Complete(pending, line);
        Add(line.WrittenSpan);
    }

    /// <summary>Files are opened again by their names, for what rotates logs from outside. Never waits.</summary>
    public void Reopen()
    {
        lock (_gate)
        {
            _reopens = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Writes what waits, for two seconds at most.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ending = true;
            Monitor.Pulse(_gate);
        }

        // A thread that stands in a write ends with the process.
        if (!_thread.Join(_lastPatience))
            return;
        foreach (var sink in _sinks.Concat(_next ?? []))
            sink.Dispose();
    }

    private static ArrayBufferWriter<byte> Line()
    {
        // One long line is no reason to keep so much for every thread.
        if (_line is not { Capacity: <= MostKeptBytes } line)
            line = _line = new(1024);
        line.ResetWrittenCount();
        return line;
    }

    private void Add(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            if (_ending || _length + line.Length > MostBytes)
            {
                _dropped++;
                return;
            }

            if (_length + line.Length > _waiting.Length)
                Array.Resize(ref _waiting, Math.Min(MostBytes, Math.Max(_waiting.Length * 2, _length + line.Length)));
            line.CopyTo(_waiting.AsSpan(_length));
            _length += line.Length;
            _lines++;

            // A writer that gathers is woken for so many lines, long before there is no room for more.
            if (_gathers && _length >= KeptBytes / 2)
            {
                _gathers = false;
                Monitor.Pulse(_gate);
            }

            if (!_isIdle)
                return;
            _isIdle = false;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        var writing = new byte[KeptBytes];
        while (true)
        {
            int length;
            int lines;
            long dropped;
            bool reopens;
            bool ending;
            IAccessLogSink[]? next;
            int before;
            int linesBefore;
            lock (_gate)
            {
                while (_length == 0 && !_reopens && !_ending && _next is null)
                {
                    _isIdle = true;
                    Monitor.Wait(_gate, _lostSince > 0 ? _saysAgainAfter : Timeout.InfiniteTimeSpan);
                    _isIdle = false;
                    if (_lostSince > 0)
                        break;
                }

                // One wake-up for many lines.
                if (!_ending && !_reopens && _next is null && _length < KeptBytes / 2)
                {
                    _gathers = true;
                    Monitor.Wait(_gate, GathersFor);
                    _gathers = false;
                }

                (_waiting, writing) = (writing, _waiting);
                (length, lines, dropped, reopens, ending) = (_length, _lines, _dropped, _reopens, _ending);
                (_length, _lines, _dropped, _reopens) = (0, 0, 0, false);
                (next, before, linesBefore) = (_next, _before, _linesBefore);
                (_next, _before, _linesBefore) = (null, 0, 0);
            }

            if (dropped > 0)
                Lost(dropped, "they came faster than they could be written");
            if (next is not null)
            {
                Write(writing.AsSpan(0, before), linesBefore, reopens: false);
                foreach (var sink in _sinks)
                    Close(sink);
                Volatile.Write(ref _lost, _lost + _sinks.Sum(sink => sink.Dropped));
                Volatile.Write(ref _sinks, next);

                // The one before may have made room under the name of this one.
                foreach (var sink in _sinks)
                    Reopen(sink);
            }

            Write(writing.AsSpan(before, length - before), lines - linesBefore, reopens);
            SayLoss(ending);
            if (writing.Length > KeptBytes)
                writing = new byte[KeptBytes];
            if (ending && length == 0)
                return;
        }
    }

    private void Write(ReadOnlySpan<byte> batch, int lines, bool reopens)
    {
        foreach (var sink in _sinks)
        {
            try
            {
                if (reopens)
                    Reopen(sink);
                if (lines > 0)
                    sink.Write(batch, lines);
            }
            catch (Exception failed)
            {
                // Going on is right, whatever it was: the disk may have room later, and requests do not depend on their lines. Out of here
                // it would end the process.
                Lost(lines, failed.Message.TrimEnd('.'));
            }
        }
    }

    private void Close(IAccessLogSink sink)
    {
        try
        {
            sink.Dispose();
        }
        catch (Exception failed)
        {
            // Going on is right: nothing more is written there. Out of here it would end the process.
            _log.NotClosed(failed.Message.TrimEnd('.'));
        }
    }

    private void Reopen(IAccessLogSink sink)
    {
        try
        {
            sink.Reopen();
        }
        catch (Exception failed)
        {
            // Going on is right: the next line tries again.
            _log.NotReopened(failed.Message.TrimEnd('.'));
        }
    }

    private void Lost(long lines, string why)
    {
        _lostSince += lines;
        Volatile.Write(ref _lost, _lost + lines);
        _why = why;
    }

    private void SayLoss(bool isLast)
    {
        if (_lostSince == 0 || (!isLast && _saidAt != 0 && _time.GetElapsedTime(_saidAt) < _saysAgainAfter))
            return;
        _log.LinesDropped(Counted.Of(_lostSince, "line"), Counted.Noun(_lostSince, "was", "were"), _why);
        (_lostSince, _saidAt) = (0, Math.Max(1, _time.GetTimestamp()));
    }
}

/// <summary>Where lines of the access log go. Called by one thread.</summary>
public interface IAccessLogSink : IDisposable
{
    /// <summary>Writes whole lines. Throws <see cref="IOException"/> when they are lost.</summary>
    void Write(ReadOnlySpan<byte> batch, int lines);

    /// <summary>Opens its file again, if it has one.</summary>
    void Reopen();

    /// <summary>Lines that it took and lost all the same, since it was made. Default 0: what it loses it says by throwing.</summary>
    long Dropped => 0;
}

/// <summary>What the access log says in the log; event ids 2000 to 2099.</summary>
internal static partial class AccessLogLog
{
    [LoggerMessage(2000, LogLevel.Warning, "{Lines} of the access log {Were} dropped: {Why}. (said once a minute)")]
    public static partial void LinesDropped(this ILogger log, string lines, string were, string why);

    [LoggerMessage(2002, LogLevel.Error, "The access log could not be closed in order: {Why}.")]
    public static partial void NotClosed(this ILogger log, string why);

    [LoggerMessage(2001, LogLevel.Error, "The access log could not be opened again: {Why}. Lines go on into the file that is open.")]
    public static partial void NotReopened(this ILogger log, string why);
}
