namespace Appliance.Web.Notices.Channels;

/// <summary>What came of a try to send a notice.</summary>
/// <param name="IsSent">The other side took it.</param>
/// <param name="Words">What the other side said, or why it said nothing: a sentence.</param>
public sealed record SendResult(bool IsSent, string Words)
{
    /// <summary>Another try makes no sense: the other side refused it for good. Default false.</summary>
    public bool IsFinal { get; init; }

    /// <summary>How long the other side asks to wait; null: it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The other side takes nothing now, whatever it is: everything for it waits as long as this message. Default false.</summary>
    public bool Pauses { get; init; }
}
