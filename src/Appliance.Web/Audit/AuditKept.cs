namespace Appliance.Web.Audit;

/// <summary>How long the audit keeps its entries.</summary>
/// <param name="For">That long after they were written; null: without end.</param>
public sealed record AuditKept(TimeSpan? For);
