using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Notices;

/// <summary>
/// What people were told, and until when each of them has seen it. Written by the product alone, so it checks no rights. The newest
/// <see cref="MostKept"/> notices are kept, and of those that are over the ones of the last <see cref="KeptFor"/>.
/// </summary>
public sealed class NoticeStore(IDbContextFactory<ApplianceDbContext> contexts)
{
    /// <summary>How many notices are kept.</summary>
    public const int MostKept = 1_000;

    /// <summary>How long a notice is kept after its trouble was over.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    /// <summary>
    /// Notices that ended earlier go, of those that ended, or were told while they are open, at <paramref name="times"/>. After a gap of
    /// <see cref="KeptFor"/> none goes: then it is more likely that the clock is ahead.
    /// </summary>
    public static DateTime Oldest(IEnumerable<DateTime> times, DateTimeOffset now)
    {
        var before = (now - KeptFor).UtcDateTime;
        var (last, next) = (DateTime.MinValue, now.UtcDateTime);
        foreach (var time in times)
        {
            if (time < before)
                last = time > last ? time : last;
            else
                next = time < next ? time : next;
        }

        return next - last < KeptFor ? before : DateTime.MinValue;
    }

    /// <summary>Every notice that is kept, the newest first. Throws what the database throws.</summary>
    public async Task<IReadOnlyList<NoticeRow>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Notices.AsNoTracking().OrderByDescending(notice => notice.ToldUtc).Take(MostKept).ToListAsync(cancellationToken);
    }

    /// <summary>Until when each account has seen them.</summary>
    public async Task<IReadOnlyDictionary<long, DateTime>> SeenAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.NoticesSeen.AsNoTracking().ToDictionaryAsync(seen => seen.AccountId, seen => seen.SeenUtc, cancellationToken);
    }

    /// <summary>
    /// Stores these as they are now, and removes what is not kept any more: those beyond <see cref="MostKept"/> and those that were over
    /// <see cref="Oldest"/>. All of it, or nothing.
    /// </summary>
    public async Task SaveAsync(IReadOnlyCollection<NoticeRow> notices, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var ids = notices.Select(notice => notice.Id).ToList();
        var known = (
            await db.Notices.Where(notice => ids.Contains(notice.Id)).Select(notice => notice.Id).ToListAsync(cancellationToken)
        ).ToHashSet();
        foreach (var notice in notices)
            db.Entry(notice).State = known.Contains(notice.Id) ? EntityState.Modified : EntityState.Added;
        await db.SaveChangesAsync(cancellationToken);
        var times = await db.Notices.Select(notice => notice.OverUtc ?? notice.ToldUtc).ToListAsync(cancellationToken);
        var before = Oldest(times, now);
        await db.Notices.Where(notice => notice.OverUtc != null && notice.OverUtc < before).ExecuteDeleteAsync(cancellationToken);
        var last = await db
            .Notices.OrderByDescending(notice => notice.ToldUtc)
            .Skip(MostKept)
            .Select(notice => (DateTime?)notice.ToldUtc)
            .FirstOrDefaultAsync(cancellationToken);
        if (last is { } oldest)
            await db.Notices.Where(notice => notice.ToldUtc <= oldest).ExecuteDeleteAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>This account has seen everything until then. An account that is gone has no row.</summary>
    public async Task SaveSeenAsync(long account, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (!await db.Accounts.AnyAsync(row => row.Id == account, cancellationToken))
            return;
        if (await db.NoticesSeen.FindAsync([account], cancellationToken) is { } row)
            row.SeenUtc = until.UtcDateTime;
        else
            db.Add(new NoticeSeen { AccountId = account, SeenUtc = until.UtcDateTime });
        await db.SaveChangesAsync(cancellationToken);
    }
}
