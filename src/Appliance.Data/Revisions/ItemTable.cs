using System.Collections.Immutable;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Revisions;

/// <summary>The table that holds the versions of the items of one kind.</summary>
internal abstract class ItemTable(ItemKind kind, string name)
{
    /// <summary>The kind of items in the table.</summary>
    public ItemKind Kind => kind;

    /// <summary>The table's name in the database. It never changes.</summary>
    public string Name => name;

    /// <summary>Describes the table to EF Core.</summary>
    public abstract void Describe(ModelBuilder model);

    /// <summary>
    /// The items as they are at a revision, in their order. Items that say the same keep their reference in <paramref name="known"/>.
    /// </summary>
    public abstract Task<IReadOnlyList<ConfigItem>> ReadAsync(
        SqliteConnection connection,
        long number,
        IReadOnlyDictionary<Guid, StoredItem>? known,
        ImmutableDictionary<Guid, StoredItem>.Builder rows,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Adds what a new revision changes: new versions to <paramref name="written"/>, ends of old ones. <paramref name="rows"/> follows,
    /// without the new rows' keys.
    /// </summary>
    public abstract void Write(
        ApplianceDbContext db,
        IReadOnlyDictionary<Guid, StoredItem> current,
        IReadOnlyList<ConfigItem> items,
        ImmutableDictionary<Guid, StoredItem>.Builder rows,
        List<ItemRow> written,
        long number
    );

    /// <summary>The revisions that wrote or removed that item; empty when it is of another kind.</summary>
    public abstract Task<IReadOnlyList<long>> RevisionsOfAsync(ApplianceDbContext db, Guid itemId, CancellationToken cancellationToken);
}

/// <inheritdoc/>
internal sealed class ItemTable<T, TRow>(ItemKind<T> kind, string name) : ItemTable(kind, name)
    where T : ConfigItem
    where TRow : ItemRow
{
    // Plain, because a start reads it before EF Core is ready.
    private readonly string _current = $"""
        SELECT "RowId", "ItemId", "Position", "Json" FROM "{name}"
        WHERE "FromRevision" <= $number AND ("ToRevision" IS NULL OR "ToRevision" > $number)
        ORDER BY "Position", "RowId"
        """;

    /// <inheritdoc/>
    public override void Describe(ModelBuilder model) =>
        model.Entity<TRow>(item =>
        {
            item.ToTable(Name);
            item.HasKey(row => row.RowId);
            item.HasIndex(row => row.FromRevision);
            item.HasIndex(row => row.ToRevision);

            // One current version an item: the database itself forbids two.
            item.HasIndex(row => row.ItemId).IsUnique().HasFilter("\"ToRevision\" IS NULL");
        });

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<ConfigItem>> ReadAsync(
        SqliteConnection connection,
        long number,
        IReadOnlyDictionary<Guid, StoredItem>? known,
        ImmutableDictionary<Guid, StoredItem>.Builder rows,
        CancellationToken cancellationToken
    )
    {
        var items = new List<ConfigItem>();
        await using var command = connection.CreateCommand();
        command.CommandText = _current;
        command.Parameters.AddWithValue("$number", number);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (rowId, id, position, json) = (reader.GetInt64(0), reader.GetGuid(1), reader.GetInt64(2), reader.GetString(3));
            var same = known?.GetValueOrDefault(id);
            if (same is { Item: T before } && same.Json == json)
            {
                items.Add(before);
                rows[id] = same with { RowId = rowId, Position = position };
                continue;
            }

            var item = ConfigItemJson.Read<T>(json, id);
            items.Add(item);
            rows[id] = new(rowId, position, json, item);
        }

        return items;
    }

    /// <inheritdoc/>
    public override void Write(
        ApplianceDbContext db,
        IReadOnlyDictionary<Guid, StoredItem> current,
        IReadOnlyList<ConfigItem> items,
        ImmutableDictionary<Guid, StoredItem>.Builder rows,
        List<ItemRow> written,
        long number
    )
    {
        var positions = ItemOrder.Assign([
            .. items.Select(item => current.TryGetValue(item.Id, out var stored) ? stored.Position : (long?)null),
        ]);
        var wanted = new HashSet<Guid>(items.Count);
        for (var index = 0; index < items.Count; index++)
        {
            var item = items[index];
            wanted.Add(item.Id);
            var stored = current.GetValueOrDefault(item.Id);
            if (stored is not null && stored.Position == positions[index] && ReferenceEquals(stored.Item, item))
                continue;
            var json = ConfigItemJson.Write(item);
            if (stored is not null && stored.Position == positions[index] && stored.Json == json)
            {
                rows[item.Id] = stored with { Item = item };
                continue;
            }

            if (stored is not null)
                End(db, stored.RowId, number);
            var row = Activator.CreateInstance<TRow>();
            row.ItemId = item.Id;
            row.Name = item.Name;
            row.Position = positions[index];
            row.Json = json;
            row.FromRevision = number;
            db.Add(row);
            rows[item.Id] = new(0, positions[index], json, item);
            written.Add(row);
        }

        foreach (var (id, stored) in current)
        {
            if (stored.Item is T && !wanted.Contains(id))
            {
                End(db, stored.RowId, number);
                rows.Remove(id);
            }
        }
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<long>> RevisionsOfAsync(
        ApplianceDbContext db,
        Guid itemId,
        CancellationToken cancellationToken
    )
    {
        var versions = await db.Set<TRow>()
            .Where(row => row.ItemId == itemId)
            .Select(row => new { row.FromRevision, row.ToRevision })
            .ToListAsync(cancellationToken);
        return [.. versions.Select(version => version.FromRevision), .. versions.Select(version => version.ToRevision).OfType<long>()];
    }

    // By key alone: ending a version needs no look at the row.
    private static void End(ApplianceDbContext db, long rowId, long number)
    {
        var row = Activator.CreateInstance<TRow>();
        row.RowId = rowId;
        db.Attach(row);
        row.ToRevision = number;
    }
}

/// <summary>The current version of an item as it is stored.</summary>
/// <param name="RowId">Key of its row.</param>
/// <param name="Position">Where it stands among its kind.</param>
/// <param name="Json">Its canonical text.</param>
/// <param name="Item">The item itself.</param>
internal sealed record StoredItem(long RowId, long Position, string Json, ConfigItem Item);
