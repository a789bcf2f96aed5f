using System.Collections.Concurrent;
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
        if (!known.TryGetValue(id, out var entry) || time.GetElapsedTime(entry.At) > Freshness)
            known[id] = entry = ((await accounts.FindAsync(id, cancellationToken))?.SessionStamp, time.GetTimestamp());
        return entry.Stamp is { } stamp && stamp == Session.StampOf(person);
    }

    /// <summary>To be called after the account changed.</summary>
    public void Forget(long id) => known.TryRemove(id, out _);
}
