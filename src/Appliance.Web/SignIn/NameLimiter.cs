using System.Security.Cryptography;
using System.Text;

namespace Appliance.Web.SignIn;

/// <summary>
/// Lets passwords of one name be guessed only so often, whether the name exists or not: the answers must not tell. It counts by name and
/// source, so that a stranger's guesses keep out the stranger and not the owner; and by name alone over all unknown sources, because many
/// addresses cost little. A device on which the person has signed in before is a source of its own, outside of that total (OWASP: device
/// cookies).
/// </summary>
internal sealed class NameLimiter(TimeProvider time)
{
    /// <summary>So many wrong passwords of one source within <see cref="Window"/> are free.</summary>
    public const int FailuresUntilWait = 5;

    /// <summary>So many of all unknown sources together.</summary>
    public const int FailuresOfAllUntilWait = 50;

    /// <summary>How long a failure counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>The first wait; each one after it is twice as long, up to <see cref="LongestWait"/>.</summary>
    public static readonly TimeSpan FirstWait = TimeSpan.FromMinutes(5);

    /// <summary>The longest that an address waits for one name.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly GuessLimiter _bySource = new(time, new(FailuresUntilWait, Window, FirstWait, LongestWait));
    private readonly GuessLimiter _all = new(time, new(FailuresOfAllUntilWait, Window, FirstWait, LongestWait));

    /// <summary>How many counters there are.</summary>
    public int Count => _bySource.Count + _all.Count;

    /// <summary>
    /// Begins a try: null, and <see cref="End"/> must follow; or how long to wait instead. <paramref name="name"/> as it is compared.
    /// </summary>
    public TimeSpan? Begin(string name, string source, bool isDevice)
    {
        var key = KeyOf(name);
        if (_bySource.Begin(key + source) is { } wait)
            return wait;
        if (isDevice || _all.Begin(key) is not { } longer)
            return null;
        _bySource.End(key + source, failed: false);
        return longer;
    }

    /// <summary>Ends a try. The wait that this failure begins, or null. What went well forgets the failures of the source.</summary>
    public TimeSpan? End(string name, string source, bool isDevice, bool failed)
    {
        var key = KeyOf(name);
        var wait = _bySource.End(key + source, failed);
        if (!failed)
            _bySource.Forget(key + source);
        var longer = isDevice ? null : _all.End(key, failed);
        return wait > longer || longer is null ? wait : longer;
    }

    /// <summary>True while every unknown source waits for this name.</summary>
    public bool KeepsOutEverybody(string name) => _all.IsWaiting(KeyOf(name));

    /// <summary>Forgets every failure of a name: somebody who may has given it another password.</summary>
    public void Forget(string name)
    {
        _bySource.Forget(KeyOf(name));
        _all.Forget(KeyOf(name));
    }

    // As long for any name: what is typed there may be of any length.
    private static string KeyOf(string name) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));
}
