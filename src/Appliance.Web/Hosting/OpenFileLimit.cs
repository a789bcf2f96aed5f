using System.Globalization;
using Appliance.Web.Startup;

namespace Appliance.Web.Hosting;

/// <summary>
/// The limit of open files that this process was given (<c>ulimit -n</c>), looked at before anything is opened: below it, .NET itself
/// breaks off in the middle of a start.
/// </summary>
internal static class OpenFileLimit
{
    /// <summary>What the program takes, about 350, and the spare that is kept before any client is taken.</summary>
    public const int Least = 420;

    private const string File = "/proc/self/limits";
    private const string Line = "Max open files";

    /// <summary>Throws <see cref="StartException"/> when there are too few; does nothing where there is no such file.</summary>
    public static void Demand()
    {
        if (!System.IO.File.Exists(File))
            return;

        // Max open files 1024 524288 files: the soft one first, which .NET has raised to the hard one.
        var words = System
            .IO.File.ReadLines(File)
            .FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal))
            ?[Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is [var soft, ..] && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most < Least)
            throw new StartException(
                $"This process may have {most} open files (ulimit -n), and the program alone takes about 350; raise that limit to "
                    + "1024 at least."
            );
    }
}
