namespace Appliance.Web.CommandLine;

/// <summary>Whether somebody looks at what is written, and how to draw over it.</summary>
internal static class Terminal
{
    private const string FromTheTop = "\u001b[H\u001b[J";

    /// <summary>True when this writer is a terminal that can be drawn over.</summary>
    public static bool Is(TextWriter output) => ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>Rows that fit.</summary>
    public static int Rows => Math.Max(5, Console.WindowHeight);

    /// <summary>Draws over everything that is there; lines are cut at the window's width.</summary>
    public static async Task DrawAsync(TextWriter output, string text)
    {
        var width = Math.Max(20, Console.WindowWidth);
        var lines = text.Split('\n').Take(Rows - 1).Select(line => line.Length > width ? line[..width] : line);
        await output.WriteAsync(FromTheTop + string.Join(Environment.NewLine, lines));
        await output.FlushAsync();
    }

    /// <summary>Draws over the line one stands in.</summary>
    public static async Task LineAsync(TextWriter output, string text)
    {
        await output.WriteAsync($"\r\u001b[K{text}");
        await output.FlushAsync();
    }
}
