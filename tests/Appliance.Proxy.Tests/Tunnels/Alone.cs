namespace Appliance.Proxy.Tests.Tunnels;

/// <summary>Tests that count what belongs to the whole process run when no other does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";

    /// <summary>How many descriptors this process has open.</summary>
    internal static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
