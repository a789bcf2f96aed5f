using System.Runtime.InteropServices;

namespace Appliance.Web.Startup;

/// <summary>
/// SIGTERM and SIGINT for the whole process: the first asks for a stop, the second is impatience. The hosts have no handlers of their own, because they
/// would stop in an order of their own.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource asked = new();
    private readonly CancellationTokenSource impatient = new();
    private readonly PosixSignalRegistration[] registrations;

    /// <summary>Listens from now on. <paramref name="alsoAsks"/> counts as a first signal.</summary>
    public StopSignals(CancellationToken alsoAsks)
    {
        alsoAsks.Register(Ask);
        registrations = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Asked => asked.Token;

    /// <summary>Cancelled by the second signal.</summary>
    public CancellationToken Impatient => impatient.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        asked.Dispose();
        impatient.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (asked.IsCancellationRequested)
            impatient.Cancel();
        else
            Ask();
    }

    // On another thread: what a stop sets in motion must not run inside the signal's handler.
    private void Ask() => _ = asked.CancelAsync();
}
