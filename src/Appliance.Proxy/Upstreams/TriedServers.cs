namespace Appliance.Proxy.Upstreams;

/// <summary>Which servers a request has tried: one bit each, by index. Start with default. No allocation for pools of up to 64 servers.</summary>
public struct TriedServers
{
    private ulong first;
    private HashSet<int>? others;

    /// <summary>True when the server at this index was tried.</summary>
    public readonly bool Contains(int index) => index < 64 ? (first & (1UL << index)) != 0 : others?.Contains(index) == true;

    /// <summary>Marks the server at this index.</summary>
    public void Add(int index)
    {
        if (index < 64)
            first |= 1UL << index;
        else
            (others ??= []).Add(index);
    }
}
