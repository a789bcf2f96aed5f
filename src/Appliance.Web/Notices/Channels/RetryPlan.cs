using System.Collections.Immutable;

namespace Appliance.Web.Notices.Channels;

/// <summary>When a notice that could not be sent is tried again: five tries over about half an hour.</summary>
public static class RetryPlan
{
    /// <summary>The longest that another side's own wish is followed.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>What is waited after the first try, the second, and so on.</summary>
    public static ImmutableArray<TimeSpan> Waits { get; } =
    [TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(20)];

    /// <summary>
    /// How long to wait after the try of this number, from 1; null: there is no other try. What the other side asks for counts when it is
    /// longer.
    /// </summary>
    public static TimeSpan? After(int tries, SendResult result)
    {
        if (result.IsSent || result.IsFinal || tries > Waits.Length)
            return null;
        return Follow(result, Waits[tries - 1]);
    }

    /// <summary>
    /// The longer one of <paramref name="wait"/> and what the other side asks for, which counts up to <see cref="LongestWait"/>.
    /// </summary>
    internal static TimeSpan Follow(SendResult result, TimeSpan wait) =>
        result.RetryAfter is not { } asked || asked <= wait ? wait
        : asked < LongestWait ? asked
        : LongestWait;
}
