using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// Which providers of DNS the lego of this machine can write to, and which settings each one takes, as lego itself tells.
/// </summary>
public sealed partial class DnsProviders(LegoProgram program) : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    // They run a program of somebody's choice, or ask a person at the terminal.
    private static readonly ImmutableHashSet<string> _never = ["exec", "manual"];

    private readonly ConcurrentDictionary<string, Task<ImmutableArray<DnsSetting>>> _settings = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1);
    private (string Mark, ImmutableArray<DnsProvider> All)? _known;

    /// <summary>All of them, by name; empty when there is no lego.</summary>
    public async Task<ImmutableArray<DnsProvider>> AllAsync(CancellationToken cancellationToken)
    {
        if (program.File is not { } file)
            return [];
        await _one.WaitAsync(cancellationToken);
        try
        {
            // By its age: a lego that was replaced is asked again.
            var mark = $"{file}:{File.GetLastWriteTimeUtc(file).Ticks}";
            if (_known is { } before && before.Mark == mark)
                return before.All;
            _settings.Clear();
            var codes = Codes()
                .Match(await HelpAsync(file, [], cancellationToken))
                .Groups["codes"]
                .Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Where(code => !_never.Contains(code))
                .ToList();
            var built = await BuiltInAsync(file, codes, cancellationToken);
            ImmutableArray<DnsProvider> all =
            [
                .. codes
                    .Select(code => new DnsProvider(code, DnsProviderNames.Of(code), built.Contains(code)))
                    .OrderBy(provider => provider.Name, StringComparer.OrdinalIgnoreCase),
            ];
            _known = (mark, all);
            return all;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What a provider takes; empty for one that lego does not know, or that is never used.</summary>
    public async Task<ImmutableArray<DnsSetting>> SettingsAsync(string code, CancellationToken cancellationToken)
    {
        if (program.File is not { } file || (await AllAsync(cancellationToken)).All(provider => provider.Code != code))
            return [];
        if (_settings.TryGetValue(code, out var before) && before.IsCompletedSuccessfully)
            return await before;
        return await (_settings[code] = ReadAsync(file, code, cancellationToken));
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    /// <summary>Takes <c>lego dnshelp -c CODE</c> apart.</summary>
    internal static ImmutableArray<DnsSetting> Parse(string help)
    {
        var all = ImmutableArray.CreateBuilder<DnsSetting>();
        var credentials = false;
        foreach (var line in help.Split('\n'))
        {
            if (
                line.StartsWith("Credentials:", StringComparison.Ordinal)
                || line.StartsWith("Additional Configuration:", StringComparison.Ordinal)
            )
                credentials = line[0] == 'C';
            else if (Setting().Match(line) is { Success: true } match && DnsSetting.IsTaken(match.Groups["name"].Value))
                all.Add(new(match.Groups["name"].Value, match.Groups["text"].Value.Trim(), credentials));
        }

        return all.ToImmutable();
    }

    private static async Task<ImmutableArray<DnsSetting>> ReadAsync(string file, string code, CancellationToken cancellationToken) =>
        Parse(await HelpAsync(file, ["-c", code], cancellationToken));

    private static async Task<string> HelpAsync(string file, string[] more, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_patience);

        // A folder that is there: lego would make one even for its help.
        var place = AppContext.BaseDirectory;
        using var process = Start(file, ["--path", place, "dnshelp", .. more], place);
        if (process is null)
            return "";
        try
        {
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            var text = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await errors;
            await process.WaitForExitAsync(limit.Token);
            return text;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    // A file that is there and cannot be run is said by the order that needs it.
    private static System.Diagnostics.Process? Start(string file, IEnumerable<string> arguments, string place)
    {
        try
        {
            return LegoProgram.Start(file, arguments, place, [new("HOME", place)]);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    // Distributions leave providers out whose libraries they do not package, and lego's help names them all the same. A Go program carries
    // the names of its packages; where none is found at all (a script in front of lego), nothing is known, and all may be there.
    private static async Task<HashSet<string>> BuiltInAsync(string file, IReadOnlyList<string> codes, CancellationToken cancellationToken)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        var buffer = new byte[(1 << 20) + 256];
        var kept = 0;
        int read;
        while ((read = await stream.ReadAsync(buffer.AsMemory(kept, 1 << 20), cancellationToken)) > 0)
        {
            var text = Encoding.Latin1.GetString(buffer, 0, kept + read);
            foreach (Match match in Package().Matches(text))
                found.Add(match.Groups["name"].Value);

            // A name may lie across two pieces.
            var rest = Math.Min(200, kept + read);
            buffer.AsSpan(kept + read - rest, rest).CopyTo(buffer);
            kept = rest;
        }

        return [.. found.Count == 0 ? codes : codes.Where(code => found.Contains(code.Replace("-", "", StringComparison.Ordinal)))];
    }

    [GeneratedRegex(@"All DNS codes:\s*(?<codes>[a-z0-9, -]+)")]
    private static partial Regex Codes();

    [GeneratedRegex(@"^\s+- ""(?<name>[A-Z][A-Z0-9_]*)"":\s*(?<text>.*)$")]
    private static partial Regex Setting();

    [GeneratedRegex(@"lego(/v\d+)?/providers/dns/(?<name>[a-z0-9]+)[/.]")]
    private static partial Regex Package();
}

/// <summary>A provider of DNS.</summary>
/// <param name="Code">lego's name for it.</param>
/// <param name="Name">How people call it.</param>
/// <param name="IsBuiltIn">False: lego knows it, but this lego was built without it.</param>
public sealed record DnsProvider(string Code, string Name, bool IsBuiltIn);

/// <summary>A setting of a provider: an environment variable that lego reads.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Text">What it means, in lego's words.</param>
/// <param name="IsCredential">True: what it needs to come in. False: what can stay as it is.</param>
public sealed partial record DnsSetting(string Name, string Text, bool IsCredential)
{
    private static readonly string[] _secretWords = ["KEY", "TOKEN", "SECRET", "PASS", "SIGNATURE", "SERVICE_ACCOUNT", "OTP"];

    // Where secrets are sent to, and what says so beside the address itself.
    private static readonly string[] _addresses = ["_URL", "_ENDPOINT", "_HOST", "_ADDRESS", "_NAMESERVER", "_API_BASE"];
    private static readonly string[] _ofAddresses = ["_PORT", "_SERVER_NAME", "_SSL_VERIFY"];

    // How credentials end that are none by themselves: who it is, where it is, which one.
    private static readonly string[] _harmless =
    [
        "_USER",
        "_USERNAME",
        "_LOGIN",
        "_EMAIL",
        "_NAME",
        "_ID",
        "_OCID",
        "_NUMBER",
        "_PROJECT",
        "_SERVICE_CODE",
        "_ROLE",
        "_ARN",
        "_RESOURCE_GROUP",
        "_REGION",
        "_ZONE",
        "_VIEW",
        "_MODE",
        "_ENVIRONMENT",
        "_ALGORITHM",
        .. _addresses,
    ];

    // They lead to files of this machine, whose contents a provider's address of one's choice would get to read.
    private static readonly string[] _files =
    [
        "_FILE",
        "_PATH",
        "_LOCATION",
        "EDGERC",
        "EDGERC_SECTION",
        "AWS_PROFILE",
        "AWS_SDK_LOAD_CONFIG",
    ];

    /// <summary>True when it is never shown again: by its name, by what lego says of it, and in doubt.</summary>
    public bool IsSecret =>
        _secretWords.Any(word => Name.Contains(word, StringComparison.Ordinal))
        || SecretText().IsMatch(Text)
        || (IsCredential && !_harmless.Any(end => Name.EndsWith(end, StringComparison.Ordinal)));

    /// <summary>True when a setting of this name says where the secrets are sent to.</summary>
    internal static bool IsAddress(string name) => _addresses.Concat(_ofAddresses).Any(end => name.EndsWith(end, StringComparison.Ordinal));

    /// <summary>True when it is handed to lego at all.</summary>
    internal static bool IsTaken(string name) =>
        !_files.Any(end => name.EndsWith(end, StringComparison.Ordinal))
        && !name.StartsWith("LD_", StringComparison.Ordinal)
        && !name.StartsWith("LEGO_", StringComparison.Ordinal);

    [GeneratedRegex(@"^(\w+ )?(secret|password|token)\b|TOTP", RegexOptions.IgnoreCase)]
    private static partial Regex SecretText();
}
