using System.Collections.Concurrent;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>The keys of the logout tokens of the last minutes: each works once.</summary>
public sealed class SeenTokens(TimeProvider time)
{
    /// <summary>Most that are remembered. Only tokens with the provider's signature get here, so that nobody else can fill it.</summary>
    private const int Most = 100_000;

    // A token is good for its life and the difference of the clocks at both ends.
    private static readonly TimeSpan _remembered = LogoutTokenChecks.LongestLife + 2 * IdTokenChecks.Skew;

    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new();

    /// <summary>What it ordered could not be done: it may come again.</summary>
    public void Forget(string issuer, string key) => _seen.TryRemove($"{issuer} {key}", out _);

    /// <summary>True the first time. False when it was seen, or when there are too many to remember another one.</summary>
    public bool IsNew(string issuer, string key)
    {
        var now = time.GetUtcNow();
        foreach (var old in _seen.Where(token => now - token.Value > _remembered))
            _seen.TryRemove(old.Key, out _);
        return _seen.Count < Most && _seen.TryAdd($"{issuer} {key}", now);
    }
}
