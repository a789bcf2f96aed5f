using System.Text;
using Appliance.Proxy.Items;

namespace Appliance.Web.CommandLine;

/// <summary>
/// The way of every command to the terminal: what names, comments and servers' words hold must not be obeyed by it. Lines stay lines; JSON
/// stays the same JSON.
/// </summary>
internal sealed class VisibleWriter(TextWriter inner) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>A writer over this one, which stays its owner's.</summary>
    public static TextWriter Over(TextWriter writer) => new VisibleWriter(writer);

    /// <summary>The writer below: for what is drawn on the terminal, and for files that are made safe in their own way.</summary>
    public static TextWriter Below(TextWriter writer) => writer is VisibleWriter visible ? visible.Inner : writer;

    private TextWriter Inner => inner;

    /// <inheritdoc/>
    public override void Write(char value) => inner.Write(VisibleText.OfLines(value.ToString()));

    /// <inheritdoc/>
    public override void Write(string? value) => inner.Write(VisibleText.OfLines(value ?? ""));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    /// <inheritdoc/>
    public override void WriteLine(string? value) => inner.WriteLine(VisibleText.OfLines(value ?? ""));

    /// <inheritdoc/>
    public override void WriteLine() => inner.WriteLine();

    /// <inheritdoc/>
    public override Task WriteAsync(char value) => inner.WriteAsync(VisibleText.OfLines(value.ToString()));

    /// <inheritdoc/>
    public override Task WriteAsync(string? value) => inner.WriteAsync(VisibleText.OfLines(value ?? ""));

    /// <inheritdoc/>
    public override Task WriteAsync(char[] buffer, int index, int count) => WriteAsync(new string(buffer, index, count));

    /// <inheritdoc/>
    public override Task WriteAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default) =>
        WriteAsync(buffer.ToString());

    /// <inheritdoc/>
    public override Task WriteLineAsync(string? value) => inner.WriteLineAsync(VisibleText.OfLines(value ?? ""));

    /// <inheritdoc/>
    public override Task WriteLineAsync() => inner.WriteLineAsync();

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync() => inner.FlushAsync();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);
}
