using System.Collections.Concurrent;
using System.Text;
using Appliance.Proxy.AccessLogs;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.AccessLogs;

/// <summary>Keeps lines in memory, or refuses them.</summary>
internal sealed class LinesSink : IAccessLogSink
{
    private readonly ConcurrentQueue<string> _lines = [];

    public string[] Lines => [.. _lines];

    /// <summary>Why nothing can be written; null: it can.</summary>
    public string? Fault { get; set; }

    public int Reopened { get; private set; }

    public void Write(ReadOnlySpan<byte> batch, int lines)
    {
        if (Fault is { } fault)
            throw new IOException(fault);
        foreach (var line in Encoding.UTF8.GetString(batch).Split('\n')[..^1])
            _lines.Enqueue(line);
    }

    public void Reopen() => Reopened++;

    public bool IsDisposed { get; private set; }

    public void Dispose() => IsDisposed = true;

    public async Task<string[]> WaitForAsync(int count)
    {
        await Eventually.TrueAsync(() => Task.FromResult(_lines.Count >= count), $"{count} lines are written");
        return Lines;
    }
}
