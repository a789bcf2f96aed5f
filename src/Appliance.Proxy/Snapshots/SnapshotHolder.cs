namespace Appliance.Proxy.Snapshots;

/// <summary>The one reference through which the request path sees the config.</summary>
internal sealed class SnapshotHolder
{
    private volatile ProxySnapshot current = ProxySnapshot.Empty;

    public ProxySnapshot Current => current;

    public void Publish(ProxySnapshot next) => current = next;
}
