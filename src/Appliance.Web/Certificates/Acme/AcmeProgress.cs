using System.Collections.Concurrent;

namespace Appliance.Web.Certificates.Acme;

/// <summary>The steps at which the running orders are.</summary>
public sealed class AcmeProgress
{
    private readonly ConcurrentDictionary<Guid, AcmeStep> _running = new();

    /// <summary>Raised after the step of an order has changed, on the thread that changed it.</summary>
    public event Action? Changed;

    /// <summary>Where the order of this certificate is, or null when none runs.</summary>
    public AcmeStep? Of(Guid certificate) => _running.GetValueOrDefault(certificate);

    internal void Set(Guid certificate, AcmeStep step)
    {
        _running[certificate] = step;
        Changed?.Invoke();
    }

    internal void End(Guid certificate)
    {
        _running.TryRemove(certificate, out _);
        Changed?.Invoke();
    }
}
