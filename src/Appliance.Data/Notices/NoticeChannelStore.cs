using System.Security.Cryptography;
using System.Text;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Data.Sealing;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Notices;

/// <summary>
/// The channels. The one door to them: it lets administrators through alone, seals secrets, and writes the audit, in one transaction.
/// Thread-safe.
/// </summary>
public sealed class NoticeChannelStore(IDbContextFactory<ApplianceDbContext> contexts, byte[] masterKey, TimeProvider time)
{
    private const string Gone = "It was deleted meanwhile.";
    private long _changes;

    /// <summary>Counts what was written through this store: when it is the same as before, so is <see cref="ListAsync"/>.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    /// <summary>
    /// Every channel with its secrets, by name: for the program that sends notices, which checks no rights. Pages show the settings of
    /// administrators' channels alone.
    /// </summary>
    public async Task<IReadOnlyList<NoticeChannel>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.NoticeChannels.AsNoTracking().OrderBy(row => row.NormalizedName).ToListAsync(cancellationToken);
        return [.. rows.Select(OfRow).OfType<NoticeChannel>()];
    }

    /// <summary>The channel with this id and its secrets, or null when it does not exist; as <see cref="ListAsync"/>.</summary>
    public async Task<NoticeChannel?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.NoticeChannels.AsNoTracking().FirstOrDefaultAsync(row => row.Id == id, cancellationToken) is { } row
            ? OfRow(row)
            : null;
    }

    /// <summary>Adds a channel.</summary>
    public Task<ChannelResult> AddAsync(
        ChannelSettings settings,
        ChannelSecrets secrets,
        Actor actor,
        CancellationToken cancellationToken
    ) =>
        DoAsync(
            "notice_channel.add",
            "Adding a channel for notices",
            settings.Name,
            actor,
            async db =>
            {
                if (await IsTakenAsync(db, settings.Name, null, cancellationToken))
                    return (Taken(settings.Name), null, null);
                var row = new NoticeChannelRow
                {
                    Id = Guid.NewGuid(),
                    NormalizedName = "",
                    SettingsJson = "",
                    UpdatedBy = actor.Name,
                };
                Put(row, settings, secrets, actor);
                db.Add(row);
                return (new ChannelResult.Done(row.Id, settings.Name), null, settings.Words());
            },
            cancellationToken
        );

    /// <summary>
    /// Changes a channel that was shown as <paramref name="version"/>. <paramref name="secretsOf"/> gets the stored secrets, or null when
    /// they cannot be opened, and returns those that are stored next.
    /// </summary>
    public Task<ChannelResult> ChangeAsync(
        Guid id,
        long version,
        ChannelSettings settings,
        Func<ChannelSecrets?, ChannelSecrets> secretsOf,
        Actor actor,
        CancellationToken cancellationToken
    ) =>
        DoAsync(
            "notice_channel.change",
            "Changing a channel for notices",
            settings.Name,
            actor,
            async db =>
            {
                if (await db.NoticeChannels.FindAsync([id], cancellationToken) is not { } row)
                    return (new ChannelResult.Refused("", Gone), null, null);
                if (row.Version != version)
                    return (
                        new ChannelResult.Refused("", $"{row.UpdatedBy} changed it meanwhile; load the page again, and change it then."),
                        null,
                        null
                    );
                if (await IsTakenAsync(db, settings.Name, id, cancellationToken))
                    return (Taken(settings.Name), null, null);
                var before = ChannelSettings.Of(row.SettingsJson);
                var stored = SecretsOf(row);
                var next = secretsOf(stored);
                Put(row, settings, next, actor);
                var news = next == stored ? "" : "; another secret";
                return (new ChannelResult.Done(id, settings.Name), before?.Words(), settings.Words() + news);
            },
            cancellationToken
        );

    /// <summary>Deletes a channel.</summary>
    public Task<ChannelResult> DeleteAsync(Guid id, string name, Actor actor, CancellationToken cancellationToken) =>
        DoAsync(
            "notice_channel.delete",
            "Deleting a channel for notices",
            name,
            actor,
            async db =>
            {
                if (await db.NoticeChannels.FindAsync([id], cancellationToken) is not { } row)
                    return (new ChannelResult.Refused("", Gone), null, null);
                db.Remove(row);
                return (new ChannelResult.Done(id, name), ChannelSettings.Of(row.SettingsJson)?.Words(), null);
            },
            cancellationToken
        );

    /// <summary>
    /// Somebody sends a test notice, to a place that may not be stored: written down before it is sent. Throws
    /// <see cref="NotAllowedException"/> for everybody but administrators.
    /// </summary>
    public Task<ChannelResult> NoteTestAsync(ChannelSettings settings, Actor actor, CancellationToken cancellationToken) =>
        DoAsync(
            "notice_channel.test",
            "Sending a test notice",
            settings.Name,
            actor,
            _ =>
                Task.FromResult<(ChannelResult, string?, string?)>(
                    (new ChannelResult.Done(Guid.Empty, settings.Name), null, settings.Words())
                ),
            cancellationToken
        );

    private async Task<ChannelResult> DoAsync(
        string action,
        string deed,
        string name,
        Actor actor,
        Func<ApplianceDbContext, Task<(ChannelResult Result, string? Before, string? After)>> change,
        CancellationToken cancellationToken
    )
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await ActorNow.DemandAdministratorAsync(db, actor, deed, action, name, time, cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var (result, before, after) = await change(db);
        if (result is ChannelResult.Refused)
            return result;
        AuditLog.Append(
            db,
            new()
            {
                AtUtc = time.GetUtcNow().UtcDateTime,
                Actor = actor.Name,
                From = actor.From,
                Action = action,
                Target = name,
                Before = before,
                After = after,
                Result = "ok",
            }
        );
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Interlocked.Increment(ref _changes);
        return result;
    }

    private void Put(NoticeChannelRow row, ChannelSettings settings, ChannelSecrets secrets, Actor actor)
    {
        (row.NormalizedName, row.SettingsJson) = (Normalize(settings.Name), settings.ToJson());
        row.SealedSecrets = secrets.All().Any() ? Seal.Close(masterKey, secrets.ToBytes(), PlaceOf(row.Id)) : null;
        (row.UpdatedUtc, row.UpdatedBy, row.Version) = (time.GetUtcNow().UtcDateTime, actor.Name, row.Version + 1);
    }

    private NoticeChannel? OfRow(NoticeChannelRow row) =>
        ChannelSettings.Of(row.SettingsJson) is { } settings
            ? new(row.Id, settings, SecretsOf(row), row.Version, row.UpdatedUtc, row.UpdatedBy)
            : null;

    private ChannelSecrets? SecretsOf(NoticeChannelRow row)
    {
        try
        {
            return row.SealedSecrets is { } bytes ? ChannelSecrets.Of(Seal.Open(masterKey, bytes, PlaceOf(row.Id))) : ChannelSecrets.None;
        }
        catch (CryptographicException)
        {
            // Sealed with another master key, or moved: the page says that they have to be typed again.
            return null;
        }
    }

    private static byte[] PlaceOf(Guid id) => Encoding.UTF8.GetBytes($"notice-channel:{id:N}");

    private static string Normalize(string name) => name.Trim().ToUpperInvariant();

    private static ChannelResult.Refused Taken(string name) => new("name", $"There is a channel {name} already; choose another name.");

    private static Task<bool> IsTakenAsync(ApplianceDbContext db, string name, Guid? but, CancellationToken cancellationToken)
    {
        var normalized = Normalize(name);
        return db.NoticeChannels.AnyAsync(row => row.NormalizedName == normalized && row.Id != but, cancellationToken);
    }
}
