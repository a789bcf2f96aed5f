using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Claims;
using Appliance.Data.Accounts;

namespace Appliance.Web.SignIn;

/// <summary>Whether a session is still good: its account exists and has the stamp it began with. Looked up at most every few seconds an account.</summary>
public sealed class SessionStamps(AccountStore accounts, TimeProvider time)
{
    /// <summary>How old an answer may be. A change of password in this process shows at once.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<long, (string? Stamp, long At)> known = new();

    /// <summary>True while the session holds.</summary>
    public async ValueTask<bool> IsGoodAsync(ClaimsPrincipal person, CancellationToken cancellationToken)
    {
        if (Session.AccountOf(person) is not { } id)
            return false;
        var isKnown = known.TryGetValue(id, out var entry);
        if (!isKnown || time.GetElapsedTime(entry.At) > Freshness)
            entry = await LookUpAsync(id, isKnown ? entry.Stamp : null, isKnown, cancellationToken);
        return entry.Stamp is { } stamp && stamp == Session.StampOf(person);
    }

    /// <summary>To be called after the account changed.</summary>
    public void Forget(long id) => known.TryRemove(id, out _);

    private async Task<(string? Stamp, long At)> LookUpAsync(long id, string? before, bool isKnown, CancellationToken cancellationToken)
    {
        // One looks; the others take the answer of before meanwhile, or a database that hangs would hold a thread for every open page.
        if (isKnown)
            known[id] = (before, time.GetTimestamp());
        try
        {
            return known[id] = ((await accounts.FindAsync(id, cancellationToken))?.SessionStamp, time.GetTimestamp());
        }
        catch (Exception exception) when (isKnown && exception is (DbException or IOException))
        {
            // Going on is right: while the database is away nobody changes a password in it, and a page that signed itself out could not be signed in again.
            return (before, time.GetTimestamp());
        }
    }
}
