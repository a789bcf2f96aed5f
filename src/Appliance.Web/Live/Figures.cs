using System.Collections.Concurrent;

namespace Appliance.Web.Live;

/// <summary>What areas work out from something that does not change: each kind of figure once, however many pages ask.</summary>
internal sealed class Figures
{
    private readonly ConcurrentDictionary<Type, Lazy<object>> _known = new();

    /// <summary>The figure of this kind; the first who asks has it worked out from <paramref name="source"/>.</summary>
    public T Once<TSource, T>(TSource source, Func<TSource, T> derive)
        where T : notnull => (T)_known.GetOrAdd(typeof(T), _ => new(() => derive(source))).Value;
}
