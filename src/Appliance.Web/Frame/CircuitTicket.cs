using Appliance.Data.Rights;

namespace Appliance.Web.Frame;

/// <summary>
/// Whose a circuit is: only the session that began it may come back to it, and only with the rights that the page was drawn for.
/// </summary>
internal sealed class CircuitTicket(string secret, string session, Grant grant)
{
    /// <summary>What the browser names the circuit by.</summary>
    public string Secret { get; } = secret;

    /// <summary>The session that began it.</summary>
    public string Session { get; } = session;

    /// <summary>What its person could do then.</summary>
    public Grant Grant { get; } = grant;

    /// <summary>The connection that draws it; null: it has none.</summary>
    public OpenPage? Page { get; set; }

    /// <summary>Since when it has no connection; null: it has one.</summary>
    public DateTimeOffset? LostAt { get; set; }
}
