using System.Collections.Concurrent;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>Whose role can be asked for again.</summary>
/// <param name="Provider">The provider's number.</param>
/// <param name="AccountId">The account here.</param>
/// <param name="Issuer">The provider, by its own name.</param>
/// <param name="Subject">The provider's key of the person.</param>
/// <param name="RefreshToken">What opens it.</param>
public sealed record Refreshable(int Provider, long AccountId, string Issuer, string Subject, string RefreshToken)
{
    /// <summary>Records print themselves, and this one holds a secret.</summary>
    public override string ToString() => $"{Subject} of {Issuer}";
}

/// <summary>
/// The refresh tokens of the sessions. In memory only: a token that opens somebody's account at the provider is nothing to have on a disk.
/// After a restart roles hold until the next sign-in.
/// </summary>
public sealed class RefreshableSessions(TimeProvider time)
{
    /// <summary>A role is asked for at most this often.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (Refreshable One, DateTimeOffset Asked)> _kept = new();

    /// <summary>How many sessions have a refresh token.</summary>
    public int Count => _kept.Count;

    /// <summary>Keeps the token of a session, as asked just now.</summary>
    public void Keep(string sessionId, Refreshable refreshable) => _kept[sessionId] = (refreshable, time.GetUtcNow());

    /// <summary>The session is over.</summary>
    public void Forget(string sessionId) => _kept.TryRemove(sessionId, out _);

    /// <summary>Those that are due at that time.</summary>
    public IReadOnlyList<(string SessionId, Refreshable One)> Due(DateTimeOffset now) =>
        [.. _kept.Where(kept => now - kept.Value.Asked >= Every).Select(kept => (kept.Key, kept.Value.One))];
}
