using Appliance.Proxy.Items;

namespace Appliance.Web.CommandLine;

/// <summary>Whether somebody looks at what is written, and how to draw over it.</summary>
internal static class Terminal
{
    private const string FromTheTop = "\u001b[H\u001b[J";

    /// <summary>True when this writer is a terminal that can be drawn over.</summary>
    public static bool Is(TextWriter output) => ReferenceEquals(VisibleWriter.Below(output), Console.Out) && !Console.IsOutputRedirected;

    /// <summary>How many rows fit on the screen.</summary>
    public static int Rows => Console.WindowHeight > 0 ? Math.Max(5, Console.WindowHeight) : 24;

    // A terminal that does not say its size (a serial line, a recording) says 0.
    private static int Columns => Console.WindowWidth > 0 ? Math.Max(20, Console.WindowWidth) : 120;

    /// <summary>Draws over everything that is there; lines are cut at the window's width. The text itself moves nothing.</summary>
    public static async Task DrawAsync(TextWriter output, string text)
    {
        output = VisibleWriter.Below(output);
        var lines = VisibleText.OfLines(text).Split('\n').Take(Rows - 1).Select(line => line.Length > Columns ? line[..Columns] : line);
        await output.WriteAsync(FromTheTop + string.Join(Environment.NewLine, lines));
        await output.FlushAsync();
    }

    /// <summary>Draws over the line one stands in.</summary>
    public static async Task LineAsync(TextWriter output, string text)
    {
        output = VisibleWriter.Below(output);
        await output.WriteAsync($"\r\u001b[K{VisibleText.Of(text)}");
        await output.FlushAsync();
    }
}
