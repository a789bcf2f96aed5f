namespace Appliance.Testing;

/// <summary>Time that stands until it is moved.</summary>
public sealed class SteppedTime : TimeProvider
{
    private long ticks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Moves it on.</summary>
    public void Step(TimeSpan span) => ticks += span.Ticks;

    /// <inheritdoc/>
    public override long GetTimestamp() => ticks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(ticks, TimeSpan.Zero);
}
