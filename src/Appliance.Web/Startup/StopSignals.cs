using System.Runtime.InteropServices;

namespace Appliance.Web.Startup;

/// <summary>
/// SIGTERM and SIGINT for the whole process: the first asks for a stop, the second is impatience. The hosts have no handlers of their own,
/// because they would stop in an order of their own.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _impatient = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Listens from now on. <paramref name="alsoAsks"/> counts as a first signal.</summary>
    public StopSignals(CancellationToken alsoAsks)
    {
        alsoAsks.Register(Ask);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Asked => _asked.Token;

    /// <summary>Cancelled by the second signal.</summary>
    public CancellationToken Impatient => _impatient.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _asked.Dispose();
        _impatient.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (_asked.IsCancellationRequested)
            _impatient.Cancel();
        else
            Ask();
    }

    // On another thread: what a stop sets in motion must not run inside the signal's handler.
    private void Ask() => _ = _asked.CancelAsync();
}
