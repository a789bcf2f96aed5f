using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Notices;

/// <summary>The clock of a machine that somebody sets back, over a time that goes on.</summary>
internal sealed class SetBackTime(FakeTimeProvider time) : TimeProvider
{
    public TimeSpan Back { get; set; }

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() - Back;

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
