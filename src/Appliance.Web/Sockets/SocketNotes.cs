using Appliance.Data.Audit;
using Appliance.Data.Rights;

namespace Appliance.Web.Sockets;

/// <summary>What is done to open WebSockets and to the log, as lines of the audit.</summary>
internal sealed class SocketNotes(AuditStore audit, ILogger log)
{
    /// <summary>
    /// What is to be said behind a deed whose line in the audit waits: a sentence with a space in front; empty when none waits.
    /// </summary>
    public string WaitingWords =>
        audit.Waiting == 0
            ? ""
            : " The database cannot be written: what was done stands in the log, and in the audit as soon as the database can be "
                + "written again.";

    /// <summary>Writes the line. Throws when the database cannot be written: then nothing may be done.</summary>
    public Task AddAsync(
        Actor actor,
        string action,
        string target,
        string? before,
        string? after,
        CancellationToken cancellationToken,
        string result = "ok"
    ) => audit.AddAsync(Entry(actor, action, target, before, after, result), cancellationToken);

    /// <summary>Writes the line, or keeps it until the database can be written; then it stands in the log.</summary>
    public async Task AddOrKeepAsync(
        Actor actor,
        string action,
        string target,
        string? before,
        string? after,
        CancellationToken cancellationToken,
        string result = "ok"
    )
    {
        if (!await audit.AddOrKeepAsync(Entry(actor, action, target, before, after, result), cancellationToken))
            log.NotInTheAuditYet(actor.Name, action, target, after ?? "", result);
    }

    private static AuditEntry Entry(Actor actor, string action, string target, string? before, string? after, string result) =>
        new()
        {
            Actor = actor.Name,
            From = actor.From,
            Action = action,
            Target = target,
            Before = before,
            After = after,
            Result = result,
        };
}

internal static partial class SocketNotesLog
{
    [LoggerMessage(
        3401,
        LogLevel.Warning,
        "Not in the audit yet, because the database cannot be written: {Person}, {Action}, {Target}, {After}: {Result}"
    )]
    public static partial void NotInTheAuditYet(this ILogger log, string person, string action, string target, string after, string result);
}
