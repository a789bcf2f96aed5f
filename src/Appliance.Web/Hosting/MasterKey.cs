using System.Security.Cryptography;
using Appliance.Data;
using Appliance.Proxy.Items;
using Appliance.Web.Startup;

namespace Appliance.Web.Hosting;

/// <summary>The key that seals secrets at rest: 32 random bytes in a file that only its owner can read.</summary>
public static class MasterKey
{
    /// <summary>Length of the key.</summary>
    public const int LengthBytes = 32;

    /// <summary>
    /// Makes the file if it is missing. Throws <see cref="StartException"/> when it cannot be made or read, or does not have the length of
    /// a key.
    /// </summary>
    public static void Ensure(string file)
    {
        try
        {
            if (!File.Exists(file))
                Write(file);
            using var readable = File.OpenRead(file);
            var length = readable.Length; // of the key, also behind a link
            if (length != LengthBytes)
                throw new StartException(
                    $"The key file {file} has {Counted.Of(length, "byte")}, a key has {LengthBytes}; restore it from a backup, or set "
                        + "APPLIANCE_KEY_FILE to the right one."
                );
        }
        catch (Exception exception) when (DiskRoom.IsMissing(exception))
        {
            throw new StartException($"The key file {file} cannot be made, because its disk is full. {DiskRoom.Advice}") { IsFull = true };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                $"The key file {file} cannot be used ({exception.Message}); give this user access to it, or set APPLIANCE_KEY_FILE to "
                    + "another file."
            );
        }
    }

    /// <summary>Reads it; <see cref="Ensure"/> has made sure that it can be.</summary>
    public static byte[] Read(string file) => File.ReadAllBytes(file);

    // Beside its place and renamed into it: a process killed in between must not leave half a key, which nobody could tell from a damaged
    // one.
    private static void Write(string file)
    {
        var unfinished = file + ".new";
        File.Delete(unfinished);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(unfinished, options))
        {
            stream.Write(RandomNumberGenerator.GetBytes(LengthBytes));
            stream.Flush(flushToDisk: true);
        }

        File.Move(unfinished, file, overwrite: false);
    }
}
