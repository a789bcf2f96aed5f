namespace Appliance.Web.Notices.Channels;

/// <summary>What came of a try, as the page shows it.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Title">The title of the notice.</param>
/// <param name="Try">Which try it was, from 1.</param>
/// <param name="Result">What the other side said.</param>
/// <param name="NextAt">When it is tried again; null: it is not.</param>
public sealed record Delivery(DateTimeOffset At, string Title, int Try, SendResult Result, DateTimeOffset? NextAt);
