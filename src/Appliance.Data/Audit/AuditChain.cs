using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Audit;

/// <summary>
/// Each entry carries the hash of the one before and a hash over itself, so that a changed, inserted or missing one shows. It cannot show
/// that somebody who can write the database wrote the whole chain again: for that, keep the last hash somewhere else (<c>appliance audit
/// verify</c> prints it).
/// </summary>
public static class AuditChain
{
    /// <summary>What the first entry of all continues.</summary>
    public static readonly string Beginning = new('0', 64);

    /// <summary>How many entries are in memory at the same time.</summary>
    internal const int Batch = 1000;

    /// <summary>Numbers new entries and links them to the chain, within the caller's transaction.</summary>
    internal static async Task LinkAsync(ApplianceDbContext db, IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        var chain = await db.AuditChains.FindAsync([AuditChainRow.OnlyId], cancellationToken);
        if (chain is null)
        {
            // Somebody deleted the record of the end: what is done must still be written down. The new entry continues nothing, so
            // verifying tells of it.
            var last = await db.AuditEntries.MaxAsync(entry => (long?)entry.Id, cancellationToken) ?? 0;
            db.Add(chain = new() { LastId = last });
        }

        foreach (var entry in entries)
        {
            entry.Id = chain.LastId + 1;
            Link(chain, entry);
        }
    }

    /// <summary>Links what was written before there was a chain. Called once, by the migrator.</summary>
    internal static async Task AdoptAsync(ApplianceDbContext db, CancellationToken cancellationToken)
    {
        if (await db.AuditChains.AnyAsync(cancellationToken))
            return;

        // Entries with hashes had a chain: linking them again would make somebody's changes true. Verifying says that the record of the end
        // is missing.
        if (await db.AuditEntries.AnyAsync(entry => entry.Hash != null, cancellationToken))
            return;
        var chain = new AuditChainRow();
        db.Add(chain);
        while (
            await db
                .AuditEntries.Where(entry => entry.Id > chain.LastId)
                .OrderBy(entry => entry.Id)
                .Take(Batch)
                .ToListAsync(cancellationToken)
                is { Count: > 0 } entries
        )
        {
            foreach (var entry in entries)
                Link(chain, entry);
            await db.SaveChangesAsync(cancellationToken);
            foreach (var entry in entries)
                db.Entry(entry).State = EntityState.Detached;
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>
    /// SHA-256 over every field with its length in front, the hash before included; a missing text is another than an empty one.
    /// </summary>
    internal static string HashOf(AuditEntry entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(entry.PreviousHash);
        AddNumber(entry.Id);
        AddNumber(entry.AtUtc.Ticks);
        foreach (var text in (string?[])[entry.Actor, entry.From, entry.Action, entry.Target, entry.Before, entry.After, entry.Result])
            Add(text);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string? text)
        {
            var bytes = Encoding.UTF8.GetBytes(text ?? "");
            AddNumber(text is null ? -1 : bytes.Length);
            hash.AppendData(bytes);
        }

        void AddNumber(long number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(bytes, number);
            hash.AppendData(bytes);
        }
    }

    // What a database cuts or cannot keep (a zero, half a surrogate pair) would be another text when it is read again.
    private static string Kept(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Replace('\0', '\uFFFD')));

    private static void Link(AuditChainRow chain, AuditEntry entry)
    {
        // Every database keeps microseconds; what is hashed must be what can be read again.
        entry.AtUtc = new(entry.AtUtc.Ticks - (entry.AtUtc.Ticks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
        (entry.Actor, entry.From, entry.Action, entry.Target, entry.Result) = (
            Kept(entry.Actor),
            Kept(entry.From),
            Kept(entry.Action),
            Kept(entry.Target),
            Kept(entry.Result)
        );
        (entry.Before, entry.After) = (entry.Before is { } before ? Kept(before) : null, entry.After is { } after ? Kept(after) : null);
        entry.PreviousHash = chain.LastHash;
        entry.Hash = HashOf(entry);
        (chain.LastId, chain.LastHash) = (entry.Id, entry.Hash);
    }
}
