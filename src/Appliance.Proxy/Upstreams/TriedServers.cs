namespace Appliance.Proxy.Upstreams;

/// <summary>
/// Which servers a request has tried: one bit each, by index. Start with default. No allocation for pools of up to 64 servers.
/// </summary>
public struct TriedServers
{
    private ulong _first;
    private HashSet<int>? _others;

    /// <summary>True when the server at this index was tried.</summary>
    public readonly bool Contains(int index) => index < 64 ? (_first & (1UL << index)) != 0 : _others?.Contains(index) == true;

    /// <summary>Marks the server at this index.</summary>
    public void Add(int index)
    {
        if (index < 64)
            _first |= 1UL << index;
        else
            (_others ??= []).Add(index);
    }
}
