using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>One trial of a sign-in by a provider.</summary>
/// <param name="AccountId">Of the administrator who tries; nobody else sees it.</param>
/// <param name="Provider">The provider's number.</param>
/// <param name="StartedAt">When.</param>
/// <param name="Trace">What happened; null: the browser has not come back yet.</param>
public sealed record TrialRun(long AccountId, int Provider, DateTimeOffset StartedAt, SignInTrace? Trace);

/// <summary>The trials of the last minutes. In memory only: claims of people are nothing to keep.</summary>
public sealed class TrialRuns(TimeProvider time)
{
    /// <summary>How long one is kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(20);

    /// <summary>Most that are kept; the oldest go.</summary>
    public const int Most = 32;

    private readonly ConcurrentDictionary<string, TrialRun> _runs = new();

    /// <summary>Begins one and returns its key.</summary>
    public string Begin(long accountId, int provider)
    {
        var now = time.GetUtcNow();
        foreach (
            var old in _runs
                .OrderByDescending(run => run.Value.StartedAt)
                .Where((run, index) => index >= Most - 1 || now - run.Value.StartedAt > Kept)
        )
            _runs.TryRemove(old.Key, out _);
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        _runs[id] = new(accountId, provider, now, null);
        return id;
    }

    /// <summary>Keeps what happened: the first time, and not again when the answer's address is loaded once more.</summary>
    public void Finish(string id, SignInTrace trace)
    {
        if (_runs.TryGetValue(id, out var run) && run.Trace is null)
            _runs.TryUpdate(id, run with { Trace = trace }, run);
    }

    /// <summary>The trial, for who began it.</summary>
    public TrialRun? Find(string? id, long? accountId) =>
        id is not null && _runs.TryGetValue(id, out var run) && run.AccountId == accountId && time.GetUtcNow() - run.StartedAt <= Kept
            ? run
            : null;
}
