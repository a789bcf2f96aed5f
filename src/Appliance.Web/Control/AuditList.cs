using Appliance.Web.Audit;

namespace Appliance.Web.Control;

/// <summary>Entries of the audit.</summary>
/// <param name="Lines">The newest first.</param>
/// <param name="More">True: there are older ones that are meant as well.</param>
public sealed record AuditList(IReadOnlyList<AuditLine> Lines, bool More);
