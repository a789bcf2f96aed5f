using System.Text;
using Appliance.Web.Hosting;

namespace Appliance.Web.CommandLine;

/// <summary>
/// A writer that nobody waits for, over one that may have a full pipe behind it which nobody reads. Only its end waits, for a second at
/// most, so that a process that was refused its start can say why, and ends all the same.
/// </summary>
internal sealed class PatientWriter(TextWriter inner) : TextWriter
{
    private readonly LogSink _sink = new(inner);

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => _sink.Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(string? value) => _sink.Write(value ?? "");

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => _sink.Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => _sink.Write(new string(buffer));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => _sink.Write(value + Environment.NewLine);

    /// <inheritdoc/>
    public override Task WriteAsync(string? value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _sink.Dispose();
        base.Dispose(disposing);
    }
}
