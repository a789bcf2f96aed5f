using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;

namespace Appliance.Data.Rights;

/// <summary>
/// Which routes somebody may change: those whose every host is below one of <see cref="Hosts"/>, and that carry one of <see cref="Tags"/>.
/// An empty list is no limit. Written as words: <c>host:*.a.example.com tag:team-a</c>.
/// </summary>
public sealed record AccessScope
{
    private const string HostWord = "host:";
    private const string TagWord = "tag:";

    private AccessScope(ImmutableArray<string> hosts, ImmutableArray<string> tags) => (Hosts, Tags) = (hosts, tags);

    /// <summary>The scope without a limit.</summary>
    public static AccessScope Everything { get; } = new([], []);

    /// <summary>Names in lower case: <c>example.com</c>, <c>*.example.com</c> (everything below), <c>.example.com</c> (both).</summary>
    public ImmutableArray<string> Hosts { get; }

    /// <summary>Tags; case does not matter.</summary>
    public ImmutableArray<string> Tags { get; }

    /// <summary>True when there is no limit.</summary>
    public bool IsEverything => Hosts.IsEmpty && Tags.IsEmpty;

    /// <summary>Reads the words, separated by blanks or commas; nothing is no limit. <paramref name="fault"/> is a sentence.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out AccessScope? scope, [NotNullWhen(false)] out string? fault)
    {
        var (hosts, tags) = (ImmutableArray.CreateBuilder<string>(), ImmutableArray.CreateBuilder<string>());
        scope = null;
        foreach (var word in (text ?? "").Split([' ', ',', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.StartsWith(TagWord, StringComparison.OrdinalIgnoreCase) && word.Length > TagWord.Length)
            {
                tags.Add(word[TagWord.Length..]);
            }
            else if (word.StartsWith(HostWord, StringComparison.OrdinalIgnoreCase))
            {
                var host = HostPattern.Normalize(word[HostWord.Length..]);
                fault = HostPattern.Fault(host)
                    ?? (
                        host.EndsWith(".*", StringComparison.Ordinal)
                            ? $"\"{host}\" has no end; a scope names a domain, as host:*.example.com."
                            : null
                    );
                if (fault is not null)
                    return false;
                hosts.Add(host);
            }
            else
            {
                fault = $"\"{word}\" is neither a host nor a tag; write host:*.example.com or tag:team-a.";
                return false;
            }
        }

        fault = null;
        scope =
            hosts.Count + tags.Count == 0 ? Everything : new([.. hosts.Distinct()], [.. tags.Distinct(StringComparer.OrdinalIgnoreCase)]);
        return true;
    }

    /// <summary>
    /// What the database says; it was parsed before it was stored. Text that no longer reads is a scope that covers nothing.
    /// </summary>
    public static AccessScope Stored(string text) => TryParse(text, out var scope, out _) ? scope : new(["invalid."], []);

    /// <summary>
    /// True when everything that this item applies to is within the scope. An item without hosts of a kind that is then for everybody's is
    /// within none but <see cref="Everything"/>. An item of a kind that has no hosts is judged by its tags alone.
    /// </summary>
    public bool Covers(ConfigItem item)
    {
        var kind = ItemKinds.Of(item);
        if (IsEverything || kind.HostsOf(item) is not { } hosts)
            return IsEverything || CoversTags(item.Tags);
        return !(hosts.IsEmpty && kind.IsEverybodysWithoutHosts) && Covers(hosts, item.Tags);
    }

    /// <summary>True when one of these tags is one of the scope's.</summary>
    public bool CoversTags(ImmutableArray<string> tags) => tags.Any(tag => Tags.Contains(tag, StringComparer.OrdinalIgnoreCase));

    /// <summary>True when every name that this pattern of a route can match is below one of the scope's. A regex never is.</summary>
    public bool CoversHost(string pattern)
    {
        var host = HostPattern.Normalize(pattern);
        return !host.StartsWith('~') && !host.EndsWith(".*", StringComparison.Ordinal) && Hosts.Any(own => Covers(own, host));
    }

    /// <summary>As it is written and stored.</summary>
    public override string ToString() => string.Join(' ', Hosts.Select(host => HostWord + host).Concat(Tags.Select(tag => TagWord + tag)));

    /// <summary>Two scopes are equal when they are written the same.</summary>
    public bool Equals(AccessScope? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private bool Covers(ImmutableArray<string> hosts, ImmutableArray<string> tags) =>
        (Tags.IsEmpty || CoversTags(tags)) && (Hosts.IsEmpty || (hosts.Length > 0 && hosts.All(CoversHost)));

    private static bool Covers(string ours, string host)
    {
        if (ours == host)
            return true;
        if (ours.StartsWith("*.", StringComparison.Ordinal))
        {
            // ".x" is also x itself, which is not below x.
            var below = ours[1..];
            return host != below && host.EndsWith(below, StringComparison.Ordinal);
        }

        return ours[0] == '.' && (host == ours[1..] || host.EndsWith(ours, StringComparison.Ordinal));
    }
}
