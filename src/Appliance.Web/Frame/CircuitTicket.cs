namespace Appliance.Web.Frame;

/// <summary>Whose a circuit is: only the session that began it may come back to it.</summary>
/// <param name="Secret">What the browser names the circuit by.</param>
/// <param name="Session">The session that began it.</param>
internal sealed record CircuitTicket(string Secret, string Session)
{
    /// <summary>Since when it has no connection; null: it has one.</summary>
    public DateTimeOffset? LostAt { get; set; }
}
