using System.Diagnostics;

namespace Appliance.Testing;

/// <summary>Waits for a condition with a time limit: no test sleeps for a guessed time.</summary>
public static class Eventually
{
    private static readonly TimeSpan _soonest = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _latest = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Asks again and again until the answer is yes; the longer it takes, the less often, because asking takes the CPU from what is waited
    /// for.
    /// </summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? atMost = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            var elapsed = Stopwatch.GetElapsedTime(started);
            if (elapsed > (atMost ?? TimeSpan.FromSeconds(30)))
                throw new TimeoutException($"Waited in vain until {what}.");
            var pause = elapsed / 10;
            await Task.Delay(
                pause < _soonest ? _soonest
                : pause > _latest ? _latest
                : pause
            );
        }
    }
}
