using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Claims;
using Appliance.Data.Accounts;
using Appliance.Web.SignIn.Oidc;

namespace Appliance.Web.SignIn;

/// <summary>Whether sessions hold, and whose they are. Looked up at most every few seconds a session, and at once after a change in this process.</summary>
public sealed class LiveSessions(SessionStore store, TimeProvider time)
{
    /// <summary>How old an answer may be: how long a change made by another process takes to show.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    private const int MostKnown = 5_000;
    private readonly ConcurrentDictionary<string, (SessionUse? Use, long At)> known = new();

    /// <summary>Raised after somebody's sessions or rights changed in this process. Open pages look again.</summary>
    public event Action? Changed;

    /// <summary>The account behind a session as it is now; null when the session has ended.</summary>
    public async ValueTask<Account?> AccountOfAsync(ClaimsPrincipal person, CancellationToken cancellationToken) => (await UseOfAsync(person, cancellationToken))?.Account;

    /// <summary>The same, with the moment at which the person proved who they are.</summary>
    public async ValueTask<SessionUse?> UseOfAsync(ClaimsPrincipal person, CancellationToken cancellationToken)
    {
        if (Session.IdOf(person) is not { } id)
            return null;
        var isKnown = known.TryGetValue(id, out var entry);
        if (!isKnown || time.GetElapsedTime(entry.At) > Freshness)
            entry = await LookUpAsync(id, isKnown ? entry.Use : null, isKnown, cancellationToken);
        return entry.Use;
    }

    /// <summary>True while the session holds and the principal still says what is so.</summary>
    public async ValueTask<bool> IsGoodAsync(ClaimsPrincipal person, CancellationToken cancellationToken) =>
        await AccountOfAsync(person, cancellationToken) is { } account && Session.IsOf(person, account);

    /// <summary>True when the person proved a moment ago who they are.</summary>
    public bool IsFresh(SessionUse use) => FreshSignIn.IsFresh(use.ProvedUtc, time.GetUtcNow().UtcDateTime);

    /// <summary>To be called after accounts or sessions changed.</summary>
    public void Forget()
    {
        known.Clear();
        Changed?.Invoke();
    }

    private async Task<(SessionUse? Use, long At)> LookUpAsync(string id, SessionUse? before, bool isKnown, CancellationToken cancellationToken)
    {
        // One looks; the others take the answer of before meanwhile, or a database that hangs would hold a thread for every open page.
        if (isKnown)
            known[id] = (before, time.GetTimestamp());
        else if (known.Count >= MostKnown)
            known.Clear();
        try
        {
            return known[id] = (await store.UseAsync(id, cancellationToken), time.GetTimestamp());
        }
        catch (Exception exception) when (isKnown && exception is (DbException or IOException))
        {
            // Going on is right: while the database is away nobody ends a session in it, and a page that signed itself out could not be signed in again.
            return (before, time.GetTimestamp());
        }
    }
}
