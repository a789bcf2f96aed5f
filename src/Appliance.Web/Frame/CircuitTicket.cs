using Appliance.Data.Accounts;

namespace Appliance.Web.Frame;

/// <summary>Whose a circuit is: only the session that began it may come back to it, and only with the rights that the page was drawn for.</summary>
/// <param name="Secret">What the browser names the circuit by.</param>
/// <param name="Session">The session that began it.</param>
/// <param name="Grant">What its person could do then.</param>
internal sealed record CircuitTicket(string Secret, string Session, Grant Grant)
{
    /// <summary>Since when it has no connection; null: it has one.</summary>
    public DateTimeOffset? LostAt { get; set; }
}
