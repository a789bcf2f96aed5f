namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>Tests that count what belongs to the whole process run when no other does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";

    /// <summary>How many descriptors this process has open.</summary>
    internal static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    /// <summary>How many of them are sockets: assemblies that are loaded meanwhile are descriptors, too.</summary>
    internal static int Sockets() =>
        Directory
            .GetFileSystemEntries("/proc/self/fd")
            .Count(entry => new FileInfo(entry).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);
}
