using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Appliance.Web.Certificates.Acme;

/// <summary>Where lego works: one folder a run under <c>acme</c> in the data folder, for this user alone, gone with the run.</summary>
public sealed class RunFolders(string place, ILogger<RunFolders> log)
{
    private const string Prefix = "run-";
    private const string ProcessFile = "lego.pid";

    /// <summary>
    /// Takes away what a run left behind whose process was killed, and ends its lego, should that still run. Before the first run.
    /// </summary>
    public void Clean()
    {
        if (!Directory.Exists(place))
            return;
        foreach (var left in Directory.GetDirectories(place, Prefix + "*"))
        {
            EndOrphan(left);
            Delete(left);
        }
    }

    /// <summary>Makes a folder for a new run.</summary>
    internal RunFolder New()
    {
        PrivateFile.CreateFolder(place);
        var folder = Path.Combine(place, Prefix + Guid.NewGuid().ToString("N"));
        PrivateFile.CreateFolder(folder);
        return new(folder, this);
    }

    private void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody else was faster; it is gone.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Going on is right: a certificate that came must not be lost over it, and the next start takes it away.
            log.FolderNotDeleted(exception, folder);
        }
    }

    // Its number may be another process's by now: it is lego only when it was started for this very folder.
    private void EndOrphan(string folder)
    {
        try
        {
            var file = Path.Combine(folder, ProcessFile);
            if (!File.Exists(file) || !int.TryParse(File.ReadAllText(file), out var id) || !IsLegoOf(id, Path.GetFileName(folder)))
                return;
            using var orphan = Process.GetProcessById(id);
            orphan.Kill(entireProcessTree: true);
            log.OrphanEnded(id);
        }
        catch (Exception exception)
            when (exception
                    is IOException
                        or UnauthorizedAccessException
                        or ArgumentException
                        or InvalidOperationException
                        or Win32Exception
            )
        {
            // Going on is right: it ended meanwhile, or it ends when its pipes are read by nobody.
            log.OrphanLeft(exception, folder);
        }
    }

    private void NotWritten(Exception exception, string folder) => log.FolderNotWritten(exception, folder);

    private static bool IsLegoOf(int process, string folder)
    {
        var commandLine = $"/proc/{process}/cmdline";
        if (!File.Exists(commandLine))
            return false;
        var arguments = File.ReadAllText(commandLine).Split('\0');
        var at = Array.IndexOf(arguments, "--path");
        return at >= 0 && at + 1 < arguments.Length && Path.GetFileName(arguments[at + 1]) == folder;
    }

    /// <summary>The folder of one run.</summary>
    internal sealed class RunFolder(string path, RunFolders folders) : IDisposable
    {
        public string Path { get; } = path;

        /// <summary>Where lego writes answers for authorities.</summary>
        public string Webroot
        {
            get
            {
                var webroot = System.IO.Path.Combine(Path, "webroot");
                PrivateFile.CreateFolder(webroot);
                return webroot;
            }
        }

        /// <summary>A file in it.</summary>
        public string Write(string name, byte[] content)
        {
            var file = System.IO.Path.Combine(Path, name);
            PrivateFile.Write(file, content);
            return file;
        }

        /// <summary>Notes which process works in it, for a start after this process was killed.</summary>
        public void Note(int process)
        {
            try
            {
                Write(ProcessFile, Encoding.ASCII.GetBytes(process.ToString(CultureInfo.InvariantCulture)));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Going on is right: it runs, and ends automatically.
                folders.NotWritten(exception, Path);
            }
        }

        public void Dispose() => folders.Delete(Path);
    }
}

internal static partial class RunFoldersLog
{
    [LoggerMessage(3703, LogLevel.Warning, "The folder of an order, {Folder}, could not be deleted; the next start tries again.")]
    public static partial void FolderNotDeleted(this ILogger log, Exception exception, string folder);

    [LoggerMessage(3704, LogLevel.Warning, "lego, process {Process}, was left over from before this start; it was ended.")]
    public static partial void OrphanEnded(this ILogger log, int process);

    [LoggerMessage(3705, LogLevel.Warning, "Whether lego still works in {Folder} could not be found out.")]
    public static partial void OrphanLeft(this ILogger log, Exception exception, string folder);

    [LoggerMessage(3706, LogLevel.Warning, "Which process works in {Folder} could not be written there.")]
    public static partial void FolderNotWritten(this ILogger log, Exception exception, string folder);
}
