using Microsoft.Extensions.Time.Testing;

namespace Appliance.Testing;

/// <summary>The clock of tests: it stands until a test moves it, and its timers ring within that call.</summary>
public static class TestTime
{
    /// <summary>Where the clock of tests begins.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A clock of its own for one test, at <see cref="Start"/>.</summary>
    public static FakeTimeProvider New() => new(Start);
}
