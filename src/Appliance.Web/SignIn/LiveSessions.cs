using System.Collections.Concurrent;
using System.Security.Claims;
using Appliance.Data;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.SignIn.Oidc;

namespace Appliance.Web.SignIn;

/// <summary>
/// Whether sessions hold, and whose they are. An answer is never older than the newest change that this process stored; a change by another
/// process shows within <see cref="Freshness"/>.
/// </summary>
public sealed class LiveSessions(SessionStore store, RightsChanges changes, TimeProvider time)
{
    /// <summary>How old an answer may be: how long a change made by another process takes to show.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    private const int MostKnown = 5_000;
    private readonly ConcurrentDictionary<string, Answer> _known = new();

    /// <summary>Raised after somebody's sessions or rights changed in this process. Open pages look again.</summary>
    public event Action? Changed
    {
        add => changes.Changed += value;
        remove => changes.Changed -= value;
    }

    /// <summary>The account behind a session as it is now; null when the session has ended.</summary>
    public async ValueTask<Account?> AccountOfAsync(ClaimsPrincipal person, CancellationToken cancellationToken) =>
        (await UseOfAsync(person, cancellationToken))?.Account;

    /// <summary>The same, with the moment at which the person proved who they are.</summary>
    public async ValueTask<SessionUse?> UseOfAsync(ClaimsPrincipal person, CancellationToken cancellationToken)
    {
        if (Session.IdOf(person) is not { } id)
            return null;
        while (true)
        {
            var version = changes.Version;
            var before = _known.TryGetValue(id, out var found) && found.Version == version ? found : null;
            if (before is not null && time.GetElapsedTime(before.At) <= Freshness)
                return before.Use;
            var answer = await LookUpAsync(id, before, version, cancellationToken);

            // What changed while it was read may not be in it. Nor may such an answer stay: it would be taken for one of after the change.
            if (changes.Version == version)
                return answer.Use;
        }
    }

    /// <summary>True while the session holds and the principal still says what is so.</summary>
    public async ValueTask<bool> IsGoodAsync(ClaimsPrincipal person, CancellationToken cancellationToken) =>
        await AccountOfAsync(person, cancellationToken) is { } account && Session.IsOf(person, account);

    /// <summary>True when the person proved a moment ago who they are.</summary>
    public bool IsFresh(SessionUse use) => FreshSignIn.IsFresh(use.ProvedUtc, time.GetUtcNow().UtcDateTime);

    private async Task<Answer> LookUpAsync(string id, Answer? before, long version, CancellationToken cancellationToken)
    {
        // One looks; the others take the answer of before meanwhile, or a database that hangs would hold a thread for every open page.
        if (before is not null)
            _known[id] = before with { At = time.GetTimestamp() };
        else
            ForgetOvertaken(version);
        try
        {
            return _known[id] = new(await store.UseAsync(id, cancellationToken), time.GetTimestamp(), version);
        }
        catch (Exception exception) when (before is not null && StoreFaults.IsAway(exception))
        {
            // Going on is right: while the database is away nobody ends a session in it, and a page that signed itself out could not be
            // signed in again.
            return before;
        }
    }

    // What was read before a change is worth nothing; those who are still signed in ask again, and those who have left would stay.
    private void ForgetOvertaken(long version)
    {
        foreach (var entry in _known)
        {
            if (entry.Value.Version != version)
                _known.TryRemove(entry);
        }

        if (_known.Count >= MostKnown)
            _known.Clear();
    }

    // Of the version that was there before it was read: a change while it is read makes it worth nothing.
    private sealed record Answer(SessionUse? Use, long At, long Version);
}
