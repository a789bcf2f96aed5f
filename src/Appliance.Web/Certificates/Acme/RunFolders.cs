namespace Appliance.Web.Certificates.Acme;

/// <summary>Where lego works: one folder a run under <c>acme</c> in the data folder, for this user alone, gone with the run.</summary>
public sealed class RunFolders(string place, ILogger<RunFolders> log)
{
    private const string Prefix = "run-";

    /// <summary>Takes away what a run left behind that ended with its process. Before the first run.</summary>
    public void Clean()
    {
        if (!Directory.Exists(place))
            return;
        foreach (var left in Directory.GetDirectories(place, Prefix + "*"))
            Delete(left);
    }

    /// <summary>A new one.</summary>
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

    /// <summary>One run's.</summary>
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

        public void Dispose() => folders.Delete(Path);
    }
}

internal static partial class RunFoldersLog
{
    [LoggerMessage(3703, LogLevel.Warning, "The folder of an order, {Folder}, could not be deleted; the next start tries again.")]
    public static partial void FolderNotDeleted(this ILogger log, Exception exception, string folder);
}
