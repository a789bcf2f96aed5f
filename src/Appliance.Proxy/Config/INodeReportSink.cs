using Appliance.Proxy.Items;

namespace Appliance.Proxy.Config;

/// <summary>What one process in the proxy role says about the revision it was asked to run.</summary>
/// <param name="WantedRevision">The newest revision it has read.</param>
/// <param name="RunningRevision">The revision that answers requests now.</param>
/// <param name="Refusal">Why wanted is not running, as a sentence. Null while they are equal.</param>
/// <param name="Problems">Items that were left out of the running revision, and why. Those routes answer 503.</param>
/// <param name="At">When this outcome was known, UTC.</param>
public sealed record NodeReport(
    long WantedRevision,
    long RunningRevision,
    string? Refusal,
    IReadOnlyList<ConfigProblem> Problems,
    DateTimeOffset At
);

/// <summary>Who wants to know the outcome of every apply. Filled by the data project.</summary>
public interface INodeReportSink
{
    /// <summary>Called after each apply, outside the request path. A failure to store it is logged and never stops the proxy.</summary>
    ValueTask ReportAsync(NodeReport report, CancellationToken cancellationToken);
}
