using Appliance.Data.Rights;

namespace Appliance.Data.Audit;

/// <summary>What an actor may do as the database says in this moment, and the refusal when that is not enough.</summary>
internal static class ActorNow
{
    /// <summary>
    /// The actor with the rights that the account of the session, or the token, has in <paramref name="db"/>; with none when the session
    /// is gone, the token is revoked or has expired, or the account is disabled.
    /// </summary>
    public static async Task<Actor> OfAsync(ApplianceDbContext db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        if (actor.Token is { } token)
            return actor with { Grant = await db.GrantOfTokenAsync(token, time.GetUtcNow().UtcDateTime, cancellationToken) };
        if (actor.Session is not { } id)
            return actor;
        var account = await db.AccountOfSessionAsync(id, cancellationToken);
        return account is { Disabled: false } ? actor with { Grant = account.Grant } : actor with { Grant = Grant.Nothing };
    }

    /// <summary>Why the rights that the actor was judged by are not those of this moment, a sentence, or null when they are.</summary>
    public static async Task<string?> ChangeOfAsync(
        ApplianceDbContext db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken
    ) =>
        (await OfAsync(db, actor, time, cancellationToken)).Grant == actor.Grant ? null
        : actor.Token is not null ? "The rights of the token have changed, or it was revoked or has expired, since this was asked for."
        : "Your rights have changed, or your session has ended, since this was asked for. Load the page again.";

    /// <summary>Lets administrators through. Everybody else is written down and gets a <see cref="NotAllowedException"/>.</summary>
    public static async Task DemandAdministratorAsync(
        ApplianceDbContext db,
        Actor actor,
        string deed,
        string action,
        string target,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if ((await OfAsync(db, actor, time, cancellationToken)).Grant.Refusal(Role.Administrator, deed) is not { } reason)
            return;
        AuditLog.Append(
            db,
            new()
            {
                AtUtc = time.GetUtcNow().UtcDateTime,
                Actor = actor.Name,
                From = actor.From,
                Action = action,
                Target = target,
                Result = "not_allowed: " + reason,
            }
        );
        await db.SaveChangesAsync(cancellationToken);
        throw new NotAllowedException(reason);
    }
}
