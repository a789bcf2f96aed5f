using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using Appliance.Web.Forms;

namespace Appliance.Web.Certificates.Acme;

/// <summary>Who serves the zone of an order's names, with settings and secrets, in the fields of its draft.</summary>
public sealed partial class DnsChoice(AcmeDraft draft)
{
    private const int LongestValue = 4096;

    /// <summary>
    /// Another provider, which takes these settings: the secrets that are stored for the one before do not go to it, even under the same
    /// names.
    /// </summary>
    public void Choose(string provider, ImmutableArray<DnsSetting> known)
    {
        draft.Provider = provider;
        var isStored = provider == draft.Stored?.DnsProvider;
        foreach (var (name, secret) in draft.Secrets.ToList())
        {
            if (known.All(setting => setting.Name != name) || (secret.IsStored && !isStored))
                draft.Secrets.Remove(name);
        }

        foreach (var name in draft.StoredSecrets.Where(name => isStored && known.Any(setting => setting.Name == name)))
        {
            if (!draft.Secrets.TryGetValue(name, out var there) || there is { IsStored: false, Typed.Length: 0 })
                draft.Secrets[name] = new() { IsStored = true };
        }

        Take(known);
    }

    /// <summary>Makes place for the settings of the provider.</summary>
    public void Take(ImmutableArray<DnsSetting> known)
    {
        foreach (var setting in known)
        {
            if (!setting.IsSecret)
                draft.Settings.TryAdd(setting.Name, "");
            else if (
                draft.Settings.Remove(setting.Name, out var open)
                && open.Trim().Length > 0
                && draft.Secrets.GetValueOrDefault(setting.Name) is null or { IsStored: false, Typed.Length: 0 }
            )
                draft.Secrets[setting.Name] = new() { Typed = open }; // stored before it was known to be one: sealed with the next save
            else
                draft.Secrets.TryAdd(setting.Name, new());
        }
    }

    /// <summary>Settings and name servers as an order has them; adds what is wrong.</summary>
    public (ImmutableSortedDictionary<string, string> Settings, ImmutableArray<string> Resolvers) Read(
        ImmutableArray<DnsSetting> known,
        List<FieldProblem> problems
    )
    {
        if (draft.Provider.Length == 0)
            problems.Add(new("provider", "Choose who serves the zone."));
        foreach (var setting in known)
        {
            var value = setting.IsSecret
                ? draft.Secrets.GetValueOrDefault(setting.Name)?.Typed ?? ""
                : draft.Settings.GetValueOrDefault(setting.Name, "");
            if (value.Any(char.IsControl))
                problems.Add(new($"dns/{setting.Name}", "It has a line break or another control character in it; write it in one line."));
            else if (value.Length > LongestValue)
                problems.Add(new($"dns/{setting.Name}", $"It is longer than {LongestValue} characters."));
        }

        // Nothing is known while lego is away: then what is stored stays as it is.
        var names = known.IsEmpty
            ? [.. draft.Settings.Keys]
            : known.Where(setting => !setting.IsSecret).Select(setting => setting.Name).ToHashSet(StringComparer.Ordinal);
        var resolvers = ImmutableArray.CreateBuilder<string>();
        foreach (var word in Texts.Words(draft.Resolvers))
        {
            if (ResolverOf(word) is { } resolver)
                resolvers.Add(resolver);
            else
                problems.Add(new("resolvers", $"{word} is no name server; write an address, such as 192.0.2.53 or 192.0.2.53:5353."));
        }

        return (
            draft
                .Settings.Where(setting => names.Contains(setting.Key) && setting.Value.Trim().Length > 0)
                .ToImmutableSortedDictionary(setting => setting.Key, setting => setting.Value.Trim(), StringComparer.Ordinal),
            resolvers.ToImmutable()
        );
    }

    /// <summary>The secrets that are stored, but must be given again because they would go to another server now.</summary>
    public void Moved(ImmutableArray<DnsSetting> known, List<FieldProblem> problems)
    {
        if (draft.Stored is not { } stored)
            return;
        var moved = (known.IsEmpty ? draft.Settings.Keys : known.Select(setting => setting.Name))
            .Concat(stored.DnsSettings.Keys)
            .Where(DnsSetting.IsAddress)
            .Order(StringComparer.Ordinal)
            .FirstOrDefault(name => draft.Settings.GetValueOrDefault(name, "").Trim() != stored.DnsSettings.GetValueOrDefault(name, ""));
        if (moved is null && draft.Provider == stored.DnsProvider)
            return;
        foreach (var (name, _) in draft.Secrets.Where(secret => secret.Value.Stays))
            problems.Add(
                new(
                    $"dns/{name}",
                    $"{moved ?? "The provider"} is another one now: enter this secret again, or remove it. What is stored goes only "
                        + "where it was given for."
                )
            );
    }

    private static string? ResolverOf(string word) =>
        IPAddress.TryParse(word, out var address)
            ? (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]:53" : $"{address}:53")
        : Host().Match(word) is { Success: true } match
        && (!match.Groups["port"].Success || ushort.TryParse(match.Groups["port"].Value, out _))
            ? (match.Groups["port"].Success ? word : word + ":53")
        : null;

    [GeneratedRegex(@"^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:(?<port>\d{1,5}))?$")]
    private static partial Regex Host();
}
