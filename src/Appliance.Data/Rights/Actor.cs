namespace Appliance.Data.Rights;

/// <summary>Who acts: for the audit, and for whoever decides whether they may.</summary>
/// <param name="Name">The account, or the local user of the command line.</param>
/// <param name="From">An address, <c>local</c> (this machine's command line) or <c>environment</c> (a setting).</param>
/// <param name="Grant">What they may do now.</param>
/// <param name="IsFresh">They proved a moment ago who they are: what is done to people's accounts takes that, so that nobody does it at a
/// page somebody left open.</param>
/// <param name="Session">
/// The session they act in; null: none (the command line, a setting, a provider). The stores of people, sessions and the audit look it up
/// in the transaction of the deed, so that a right that was taken away before is not used, whichever process took it.
/// </param>
public sealed record Actor(string Name, string From, Grant Grant, bool IsFresh = true, string? Session = null)
{
    /// <summary>Somebody on this machine who may enter the data folder: they could change the database as well.</summary>
    public static Actor Local(string name) => new(name, "local", Grant.All);
}
