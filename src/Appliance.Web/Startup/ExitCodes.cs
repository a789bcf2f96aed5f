using Appliance.Data;

namespace Appliance.Web.Startup;

/// <summary>The exit codes of the process and of commands.</summary>
public static class ExitCodes
{
    /// <summary>Done; for apply: live.</summary>
    public const int Ok = 0;

    /// <summary>The config has problems, or the request failed.</summary>
    public const int Problems = 1;

    /// <summary>Stored, but not live on this node.</summary>
    public const int NotLive = 2;

    /// <summary>Nothing is running here.</summary>
    public const int NotRunning = 3;

    /// <summary>The command line was not understood (EX_USAGE).</summary>
    public const int Usage = 64;

    /// <summary>The proxy ended without being asked to (EX_SOFTWARE).</summary>
    public const int Fault = 70;

    /// <summary>
    /// The disk of the data folder is full, and there is nothing yet that could be served (EX_IOERR). The next start may succeed.
    /// </summary>
    public const int DiskFull = 74;

    /// <summary>
    /// A command holds the data folder, or another program the database (EX_TEMPFAIL). The next start may succeed.
    /// </summary>
    public const int Busy = 75;

    /// <summary>A setting or the machine does not allow the start (EX_CONFIG).</summary>
    public const int Settings = 78;

    /// <summary>The exit code for what stands in the way of a start.</summary>
    internal static int Of(Exception exception) =>
        exception switch
        {
            DataFolderException { IsFull: true } or StartException { IsFull: true } => DiskFull,
            DataFolderException { IsByCommand: true } or StartException { IsBusy: true } => Busy,
            _ => Settings,
        };
}
