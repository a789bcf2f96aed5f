using System.Diagnostics;

namespace Appliance.Testing;

/// <summary>Waits for a condition with a time limit: no test sleeps for a guessed time.</summary>
public static class Eventually
{
    /// <summary>Asks again and again until the answer is yes.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? atMost = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > (atMost ?? TimeSpan.FromSeconds(30)))
                throw new TimeoutException($"Waited in vain until {what}.");
            await Task.Delay(20);
        }
    }
}
