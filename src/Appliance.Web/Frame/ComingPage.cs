namespace Appliance.Web.Frame;

/// <summary>
/// A connection of a page that is on its way: a negotiation that was answered, or a WebSocket on which no hub has begun. Each keeps memory
/// here, and counts as an open page until it is one or is gone.
/// </summary>
/// <param name="session">The session it comes from.</param>
/// <param name="account">The account it comes from.</param>
internal sealed class ComingPage(string session, long account)
{
    /// <summary>How long the framework keeps what was negotiated and never connected: 15 seconds, and up to one until it looks.</summary>
    public static readonly TimeSpan NegotiatedFor = TimeSpan.FromSeconds(16);

    /// <summary>The session it comes from.</summary>
    public string Session { get; } = session;

    /// <summary>The account it comes from.</summary>
    public long Account { get; } = account;

    /// <summary>Until when it counts; null: until its request ends.</summary>
    public DateTimeOffset? Until { get; set; }
}
