using Appliance.Data;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Web.Audit;

namespace Appliance.Web.Control;

/// <summary>What the command line can ask about the audit: of the running process, or in the command itself when none runs.</summary>
public sealed class AuditApi(AuditStore store, AuditExport export)
{
    /// <summary>The longest list; more is an export.</summary>
    public const int Most = 10_000;

    // A user who may enter the data folder could read the database as well.
    private static Actor Reader { get; } = Actor.Local("command line");

    /// <summary>The newest that are meant, and whether there are more.</summary>
    public async Task<AuditList> ListAsync(AuditQuery query, int limit, CancellationToken cancellationToken)
    {
        var entries = await store.ListAsync(query.Read().Filter, Math.Min(limit, Most) + 1, null, Reader, cancellationToken);
        return new([.. entries.Take(limit).Select(AuditLine.Of)], entries.Count > limit);
    }

    /// <summary>Throws what the database throws when it cannot be read.</summary>
    public async Task DemandAsync(CancellationToken cancellationToken) => await store.ReadChainAsync(Reader, cancellationToken);

    /// <summary>
    /// Walks the chain, and looks for a hash that was kept elsewhere when one is given. A database that fails on the way proves nothing,
    /// and the answer says so: its head may have left already.
    /// </summary>
    public async Task<AuditProof> VerifyAsync(string? expected, CancellationToken cancellationToken)
    {
        try
        {
            return AuditProof.Of(await store.VerifyAsync(expected, null, Reader, cancellationToken), expected);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            return AuditProof.Unread(StoreFaults.ReadingSentenceOf(exception));
        }
    }

    /// <summary>Writes an export of entries that match.</summary>
    public Task ExportAsync(string format, AuditQuery query, string author, TextWriter target, CancellationToken cancellationToken) =>
        export.WriteAsync(format, query, () => Task.FromResult(Actor.Local(author)), target, cancellationToken);

    /// <summary>The same as the answer to a request.</summary>
    internal Task ExportAsync(HttpContext context, string? format, AuditQuery query, string author) =>
        export.AnswerAsync(context, format, query, () => Task.FromResult(Actor.Local(author)));
}
