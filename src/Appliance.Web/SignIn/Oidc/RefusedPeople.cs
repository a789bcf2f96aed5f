using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>Somebody whom the provider knows and this console does not let in.</summary>
/// <param name="Provider">The provider's number.</param>
/// <param name="Name">What the provider calls them.</param>
/// <param name="Looked">The claims that the rules look at, and what the provider said in each.</param>
/// <param name="IdToken">The hint for the sign-out there.</param>
public sealed record RefusedPerson(
    int Provider,
    string Name,
    ImmutableArray<(string Claim, ImmutableArray<string> Values)> Looked,
    string IdToken
)
{
    /// <summary>Records print themselves, and this one holds a token.</summary>
    public override string ToString() => $"{Name} of {Provider}";
}

/// <summary>
/// Who was refused in the last minutes, for the page that tells them. In memory only, under a key that only their browser gets: claims are
/// nothing to keep.
/// </summary>
public sealed class RefusedPeople(TimeProvider time)
{
    /// <summary>How long one is kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(15);

    /// <summary>Most that are kept; the oldest go.</summary>
    public const int Most = 256;

    private readonly ConcurrentDictionary<string, (RefusedPerson Person, DateTimeOffset At)> _people = new();

    /// <summary>Keeps one and returns its key.</summary>
    public string Keep(RefusedPerson person)
    {
        var now = time.GetUtcNow();
        foreach (
            var old in _people
                .OrderByDescending(kept => kept.Value.At)
                .Where((kept, index) => index >= Most - 1 || now - kept.Value.At > Kept)
        )
            _people.TryRemove(old.Key, out _);
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _people[key] = (person, now);
        return key;
    }

    /// <summary>The person with that key; null when the key is unknown, or older than <see cref="Kept"/>.</summary>
    public RefusedPerson? Find(string? key) =>
        key is not null && _people.TryGetValue(key, out var kept) && time.GetUtcNow() - kept.At <= Kept ? kept.Person : null;
}
