using Appliance.Proxy.Items;

namespace Appliance.Web.SignIn;

/// <summary>Somebody who has to wait at the sign-in.</summary>
/// <param name="Name">The account whose password was guessed at; empty: an address guessed at anything.</param>
/// <param name="From">The address.</param>
/// <param name="Since">When the wait began, UTC.</param>
/// <param name="For">How long it is.</param>
/// <param name="IsEverybody">Every device waits on which the account has not signed in before; default false: this address alone.</param>
internal sealed record LockedOutWait(string Name, string From, DateTimeOffset Since, TimeSpan For, bool IsEverybody = false);

/// <summary>The waits of this moment, for those who tell people of trouble. In memory; of many, the newest. Thread-safe.</summary>
internal sealed class LockedOut(TimeProvider time)
{
    private const int MostKnown = 1_000;
    private readonly Dictionary<(string Name, string From), LockedOutWait> _all = [];

    /// <summary>A wait begins. <paramref name="name"/> is that of an account, or empty.</summary>
    public void Note(string name, string from, TimeSpan length, bool isEverybody = false)
    {
        var now = time.GetUtcNow();
        (name, from) = (VisibleText.Of(name), VisibleText.Of(from));
        lock (_all)
        {
            RemoveOver(now);
            if (_all.Count >= MostKnown)
                _all.Remove(_all.MinBy(wait => wait.Value.Since).Key);
            var key = (name, isEverybody ? "" : from);
            var since = _all.GetValueOrDefault(key)?.Since ?? now;
            _all[key] = new(name, from, since, now - since + length, isEverybody);
        }
    }

    /// <summary>A name may be tried again: it has another password.</summary>
    public void Forget(string name)
    {
        lock (_all)
        {
            foreach (var key in _all.Keys.Where(key => key.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).ToList())
                _all.Remove(key);
        }
    }

    /// <summary>Those who wait now, one a name and one an address, the oldest first.</summary>
    public IReadOnlyList<LockedOutWait> List(DateTimeOffset now)
    {
        lock (_all)
        {
            RemoveOver(now);
            return _all.Count == 0 ? [] : [.. _all.Values.OrderBy(wait => wait.Since)];
        }
    }

    private void RemoveOver(DateTimeOffset now)
    {
        foreach (var key in _all.Where(wait => wait.Value.Since + wait.Value.For <= now).Select(wait => wait.Key).ToList())
            _all.Remove(key);
    }
}
