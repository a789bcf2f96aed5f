namespace Appliance.Data.Rights;

/// <summary>The person or program that acts. The audit writes it down, and the doors decide by it whether the deed is allowed.</summary>
/// <param name="Name">The account, or the local user of the command line.</param>
/// <param name="From">An address, <c>local</c> (this machine's command line) or <c>environment</c> (a setting).</param>
/// <param name="Grant">What the actor may do now.</param>
/// <param name="IsFresh">
/// The actor proved a moment ago who they are. Deeds on people's accounts need that, so that nobody does them at a page that somebody left
/// open.
/// </param>
/// <param name="Session">
/// The session in which the actor works. Null for the command line, a setting and a provider, which have no session. The stores of people,
/// sessions and the audit look it up in the transaction of the deed. A right that another process has taken away is then not used.
/// </param>
/// <param name="Token">
/// The number of the API token that the actor uses; null: none. It is looked up in the transaction of the deed, as a session is.
/// </param>
public sealed record Actor(string Name, string From, Grant Grant, bool IsFresh = true, string? Session = null, long? Token = null)
{
    /// <summary>Somebody on this machine who may enter the data folder: they could change the database as well.</summary>
    public static Actor Local(string name) => new(name, "local", Grant.All);
}
