using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Audit;

/// <summary>
/// Whether the audit's tables have the form in which the product writes them. A walk reads through the framework, which takes a number for
/// a text and one way to write a time for another: an entry could say the same to a walk and hide from every filter. And a trigger could
/// swallow what is written from now on.
/// </summary>
internal static class AuditShape
{
    private const string Tables =
        "SELECT count(*) AS Value FROM sqlite_master WHERE type = 'table' AND name IN ('AuditEntries', 'AuditChains')";

    private const string Strangers =
        "SELECT type || ' ' || name AS Value FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name LIMIT 1";

    private const string Chains = """
        SELECT count(*) AS Value FROM AuditChains WHERE Id IS NOT 1 OR typeof(LastId) <> 'integer' OR typeof(AnchorId) <> 'integer'
        OR typeof(LastHash) <> 'text' OR typeof(AnchorHash) <> 'text'
        """;

    // A table that was made without its key can hold a number twice; with it, this look is a walk along the key.
    private const string Twice = "SELECT Id AS Value FROM AuditEntries GROUP BY Id HAVING count(*) > 1 ORDER BY Id LIMIT 1";

    private const string Odd = """
        SELECT COALESCE(CAST(Id AS INTEGER), 0) AS Value FROM AuditEntries WHERE typeof(Id) <> 'integer' OR typeof(AtUtc) <> 'text' OR typeof(Actor) <> 'text'
        OR typeof("From") <> 'text' OR typeof(Action) <> 'text' OR typeof(Target) <> 'text' OR typeof(Result) <> 'text' OR typeof(PreviousHash) <> 'text'
        OR typeof(Hash) <> 'text' OR typeof(Before) NOT IN ('text', 'null') OR typeof(After) NOT IN ('text', 'null')
        OR AtUtc NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]*' OR substr(AtUtc, 20) GLOB '*[^0-9.]*'
        OR (length(AtUtc) > 19 AND (substr(AtUtc, 20, 1) <> '.' OR AtUtc GLOB '*[0.]')) OR julianday(AtUtc) IS NULL ORDER BY Id LIMIT 1
        """;

    /// <summary>What is wrong with the form, or null.</summary>
    public static async Task<AuditVerdict.Broken?> FaultOfAsync(ApplianceDbContext db, CancellationToken cancellationToken)
    {
        try
        {
            if (await OneAsync<int>(db, Tables, cancellationToken) != 2)
                return new(0, "one of its tables is gone");
            if (await OneAsync<string>(db, Strangers, cancellationToken) is { } stranger)
                return new(0, $"the database has a {stranger}, which Appliance did not make");
            if (await OneAsync<int>(db, Chains, cancellationToken) != 0)
                return new(0, "the record of the chain's end has a form in which Appliance does not write it");
            if (await OneAsync<long?>(db, Odd, cancellationToken) is { } odd)
                return new(odd, "it has a form in which Appliance does not write it");
            return await OneAsync<long?>(db, Twice, cancellationToken) is { } twice
                ? new(twice, "there are two entries of this number")
                : null;
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == SQLitePCL.raw.SQLITE_ERROR)
        {
            // A column is gone: the statements themselves are right.
            return new(0, $"its tables are not those that Appliance made ({exception.Message.TrimEnd('.')})");
        }
    }

    private static async Task<T?> OneAsync<T>(ApplianceDbContext db, string statement, CancellationToken cancellationToken) =>
        (await db.Database.SqlQueryRaw<T>(statement).ToListAsync(cancellationToken)).FirstOrDefault();
}
