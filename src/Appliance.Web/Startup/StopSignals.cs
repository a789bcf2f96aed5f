using System.Runtime.InteropServices;

namespace Appliance.Web.Startup;

/// <summary>
/// Signals for the whole process. SIGTERM, SIGINT and SIGQUIT ask for a stop, and a second one is impatience. SIGHUP does so, too, when a
/// terminal goes away; without a terminal it has nothing to do, because a saved config is live already. SIGUSR1 opens log files again, and
/// SIGUSR2 does nothing. The hosts have no handlers of their own, because they would stop in an order of their own.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _impatient = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>
    /// Listens from now on. <paramref name="alsoAsks"/> counts as a first signal. A command leaves all but SIGTERM and SIGINT as they are.
    /// </summary>
    public StopSignals(CancellationToken alsoAsks, bool isServer = false)
    {
        alsoAsks.Register(Ask);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            .. isServer ? OfServer() : [],
        ];
    }

    /// <summary>Called on SIGUSR1, and on a SIGHUP that asks for no stop. Default: nothing.</summary>
    public Action? Reopen { get; set; }

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

    private IEnumerable<PosixSignalRegistration> OfServer()
    {
        yield return PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal);
        yield return PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp);
        if (!OperatingSystem.IsLinux())
            yield break;

        // The framework takes those without a name of its own by their numbers (signal(7)).
        const PosixSignal usr1 = (PosixSignal)10;
        const PosixSignal usr2 = (PosixSignal)12;
        yield return PosixSignalRegistration.Create(usr1, OnReopen);
        yield return PosixSignalRegistration.Create(usr2, static signal => signal.Cancel = true);
    }

    private void OnReopen(PosixSignalContext signal)
    {
        signal.Cancel = true;
        Reopen?.Invoke();
    }

    private void OnHangUp(PosixSignalContext signal)
    {
        if (Console.IsInputRedirected)
            OnReopen(signal);
        else
            OnSignal(signal);
    }

    // On another thread: what a stop sets in motion must not run inside the signal's handler.
    private void Ask() => _ = _asked.CancelAsync();
}
