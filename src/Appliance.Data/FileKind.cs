using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Appliance.Data;

/// <summary>What stands under a name in a folder, without following it.</summary>
internal enum FileKind
{
    /// <summary>Nothing, or something that cannot be looked at.</summary>
    Missing,

    /// <summary>A file with content of its own.</summary>
    Plain,

    /// <summary>A folder, not a link to one.</summary>
    Folder,

    /// <summary>A link to another name.</summary>
    Link,

    /// <summary>A pipe, a socket or a device.</summary>
    Special,
}

/// <summary>Looks what stands under a name.</summary>
internal static class FileKinds
{
    // struct statx, the same on every architecture (linux/stat.h): stx_mode at 28.
    private const int BufferBytes = 256;
    private const int ModeAt = 28;
    private const int WorkingDirectory = -100; // AT_FDCWD
    private const int NotBehindLinks = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint WantsType = 1; // STATX_TYPE
    private const int TypeMask = 0xF000; // S_IFMT
    private const int PlainType = 0x8000; // S_IFREG
    private const int FolderType = 0x4000; // S_IFDIR
    private const int LinkType = 0xA000; // S_IFLNK

    /// <summary>Looks. Pipes and devices are told from files on Linux alone.</summary>
    public static FileKind Of(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            var buffer = new byte[BufferBytes];
            if (Stat(WorkingDirectory, Encoding.UTF8.GetBytes(path + "\0"), NotBehindLinks, WantsType, buffer) != 0)
                return FileKind.Missing;
            return (BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(ModeAt)) & TypeMask) switch
            {
                PlainType => FileKind.Plain,
                FolderType => FileKind.Folder,
                LinkType => FileKind.Link,
                _ => FileKind.Special,
            };
        }

        if (new FileInfo(path).LinkTarget is not null)
            return FileKind.Link;
        return Directory.Exists(path) ? FileKind.Folder
            : File.Exists(path) ? FileKind.Plain
            : FileKind.Missing;
    }

    [DllImport("libc", EntryPoint = "statx")]
    private static extern int Stat(int directory, byte[] path, int flags, uint mask, byte[] buffer);
}
