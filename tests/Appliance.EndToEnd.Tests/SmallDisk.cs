using System.Diagnostics;

namespace Appliance.EndToEnd.Tests;

/// <summary>
/// A file system of its own for a data folder, in memory: it can be filled, and made read-only. Needs to be root on Linux.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private const string Filler = "filler";
    private readonly string _folder;
    private readonly string _filler;

    private SmallDisk(string folder) => (_folder, _filler) = (folder, Path.Combine(folder, Filler));

    /// <summary>Null where nothing can be mounted: then the test has nothing to look at.</summary>
    public static SmallDisk? Mount(string folder)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return null;
        Directory.CreateDirectory(folder);
        return Run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder) == 0 ? new(folder) : null;
    }

    /// <summary>Not one byte is left.</summary>
    public void Fill()
    {
        using var filler = new FileStream(_filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var block = 4096; block > 0; )
        {
            try
            {
                filler.Write(new byte[block]);
            }
            catch (IOException)
            {
                block /= 2;
            }
        }
    }

    /// <summary>There is room again.</summary>
    public void Empty() => File.Delete(_filler);

    /// <summary>As a disk that the kernel found broken.</summary>
    public void MakeReadOnly() => Remount("ro");

    public void MakeWritable() => Remount("rw");

    // Lazily: a test that failed may leave a process on it.
    public void Dispose() => Run("umount", "-l", _folder);

    private void Remount(string how)
    {
        // A disk that fails is read-only for those too who have files open on it; a remount is refused while they write.
        if (Run("mount", "-o", $"remount,{how}", _folder) != 0)
            throw new InvalidOperationException($"It could not be made {how}.");
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{program} did not start.");
        process.WaitForExit();
        return process.ExitCode;
    }
}
