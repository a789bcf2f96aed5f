using System.Security.Cryptography;

namespace Appliance.Web.Hosting;

/// <summary>The key that seals secrets at rest: 32 random bytes in a file that only its owner can read.</summary>
public static class MasterKey
{
    /// <summary>Makes the file when there is none.</summary>
    public static void Ensure(string file)
    {
        if (File.Exists(file))
            return;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(file, options);
        stream.Write(RandomNumberGenerator.GetBytes(32));
    }
}
