namespace Appliance.Proxy.Snapshots;

/// <summary>The one reference through which the request path sees the config.</summary>
internal sealed class SnapshotHolder
{
    private volatile ProxySnapshot _current = ProxySnapshot.Empty;

    public ProxySnapshot Current => _current;

    public void Publish(ProxySnapshot next) => _current = next;
}
