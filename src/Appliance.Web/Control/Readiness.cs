namespace Appliance.Web.Control;

/// <summary>The answer of <c>/readyz</c>.</summary>
/// <param name="Ready">This node serves what is stored, or something older.</param>
/// <param name="RunningRevision">The revision that answers requests; 0 is the empty config of a new database.</param>
/// <param name="WantedRevision">The newest revision this node has read.</param>
/// <param name="Refusal">Why wanted is not running; null when it is.</param>
/// <param name="LeftOut">How many items of the running revision are left out because they could not be compiled.</param>
public sealed record Readiness(bool Ready, long RunningRevision, long WantedRevision, string? Refusal, int LeftOut)
{
    /// <summary>
    /// What somebody should look at although traffic is served: memory or open files that run out, a database that cannot be read or
    /// written. Sentences; null: nothing.
    /// </summary>
    public string? Warning { get; init; }
}
