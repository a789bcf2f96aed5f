namespace Appliance.Proxy.Upstreams;

/// <summary>What a pool remembers across snapshots: its servers by address, its lock, and where its random numbers are.</summary>
internal sealed class PoolState
{
    private ulong _seed = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)) | 1;

    /// <summary>The one short lock of a pool.</summary>
    public Lock Gate { get; } = new();

    public Dictionary<string, ServerState> Servers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The pool as it was compiled last; null when no config has it any more.</summary>
    public CompiledPool? Bound { get; set; }

    /// <summary>A number below <paramref name="bound"/> (xorshift64*): spreading load needs no secret. Under the lock.</summary>
    public int Next(int bound)
    {
        _seed ^= _seed >> 12;
        _seed ^= _seed << 25;
        _seed ^= _seed >> 27;
        return (int)(((_seed * 2685821657736338717UL) >> 33) % (ulong)bound);
    }
}
