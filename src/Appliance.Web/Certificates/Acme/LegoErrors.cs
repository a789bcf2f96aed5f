using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Appliance.Data.Certificates;

namespace Appliance.Web.Certificates.Acme;

/// <summary>Reads out of lego's last words what happened, for which name, and what helps.</summary>
internal static partial class LegoErrors
{
    /// <summary>What the lines of a run that failed say.</summary>
    public static AcmeFailure Read(IEnumerable<string> lines, LegoOrder order, DateTimeOffset now)
    {
        var last = LastWords(lines);
        var named = last.Select(line => Named().Match(line))
            .Where(match => match.Success && order.Names.Contains(match.Groups["name"].Value))
            .Select(match => Words(match.Groups["rest"].Value, match.Groups["name"].Value, order))
            .ToImmutableArray();
        var problems = named.IsEmpty ? [Words(string.Join(' ', last.Select(line => line.Trim())), null, order)] : named;
        return new(problems, problems.Any(problem => problem.Trouble == AcmeTrouble.RateLimited) ? NotBefore(problems, now) : null);
    }

    // The error is what stands behind the last line of the log; its first line has the log's date, too.
    private static List<string> LastWords(IEnumerable<string> lines)
    {
        var last = new List<string>();
        foreach (var line in lines)
        {
            if (Logged().IsMatch(line))
                last.Clear();
            else
                last.Add(Dated().Replace(line, ""));
        }

        return last;
    }

    private static AcmeProblem Words(string text, string? name, LegoOrder order)
    {
        if (Acme().Match(text) is { Success: true } acme)
            return AcmeWords.Of(
                acme.Groups["type"].Value,
                int.Parse(acme.Groups["status"].Value, CultureInfo.InvariantCulture),
                acme.Groups["detail"].Value.Trim(),
                name,
                order
            );
        AcmeProblem Problem(AcmeTrouble trouble, string what, string toDo, string? detail = null) =>
            new(trouble, name, what, detail ?? Plain(text), toDo);

        var directory = order.Directory.Host;
        if (text.Contains("get directory at", StringComparison.Ordinal))
        {
            if (text.Contains("x509:", StringComparison.Ordinal) || text.Contains("tls:", StringComparison.Ordinal))
                return Problem(
                    AcmeTrouble.AuthorityUntrusted,
                    $"The https certificate of {directory} is not trusted.",
                    "If it is an authority of your own, paste its root certificate into the form. If not, somebody may stand in "
                        + "between: compare the address.",
                    Cause(text)
                );
            return Unreachable().IsMatch(text)
                ? Problem(
                    AcmeTrouble.AuthorityAway,
                    $"The authority at {order.Directory.Authority} cannot be reached.",
                    "Look whether this machine may connect to it (firewall, DNS, proxy settings) and whether the authority is up.",
                    Cause(text)
                )
                : Problem(
                    AcmeTrouble.NoDirectory,
                    $"What answers at {order.Directory} is no ACME directory.",
                    "Compare the address with the authority's documentation.",
                    Cause(text)
                );
        }

        if (text.Contains("Server requires External Account Binding", StringComparison.Ordinal))
            return Problem(
                AcmeTrouble.Binding,
                "The authority opens accounts only with a key that it hands out (external account binding).",
                "Get key identifier and HMAC key at the authority and enter both."
            );
        if (text.Contains("could not decode hmac key", StringComparison.Ordinal))
            return Problem(
                AcmeTrouble.Binding,
                "The HMAC key for external account binding cannot be read.",
                "Copy it once more: letters, digits, - and _ (base64url), without spaces."
            );
        if (text.Contains("unrecognized DNS provider", StringComparison.Ordinal))
            return Problem(
                AcmeTrouble.NoProvider,
                $"The lego on this machine was built without the provider {ProviderOf(order)}.",
                "Debian leaves some out. Take lego from https://github.com/go-acme/lego/releases and set APPLIANCE_LEGO to it."
            );
        if (MissingSettings().Match(text) is { Success: true } missing)
            return Problem(
                AcmeTrouble.ProviderSettings,
                $"The provider {ProviderOf(order)} needs more settings: "
                    + $"{missing.Groups["names"].Value.Replace(",", ", ", StringComparison.Ordinal)}.",
                "Fill them in."
            );
        if (text.Contains("error presenting token:", StringComparison.Ordinal))
        {
            var detail = text[(text.IndexOf("error presenting token:", StringComparison.Ordinal) + "error presenting token:".Length)..]
                .Trim();
            return Refused().IsMatch(detail)
                ? Problem(
                    AcmeTrouble.ProviderSettings,
                    $"The provider {ProviderOf(order)} refused the credentials.",
                    "Enter them again, and look whether they may change records of this zone.",
                    detail
                )
                : Problem(
                    AcmeTrouble.Provider,
                    $"The provider {ProviderOf(order)} did not write the DNS record.",
                    "Read what it says, and look whether the zone is there and its API can be reached.",
                    detail
                );
        }

        if (text.Contains("time limit exceeded", StringComparison.Ordinal))
            return Problem(
                AcmeTrouble.Propagation,
                $"The DNS record for {name ?? "a name"} was written, but could not be seen in time.",
                "Raise the provider's waiting time for propagation, name resolvers that see the public zone, or skip the check.",
                Cause(text)
            );
        if (text.Contains("could not determine solvers", StringComparison.Ordinal))
            return Problem(
                AcmeTrouble.NameRefused,
                $"The authority does not offer this way of checking for {name ?? "a name"}.",
                "Choose the other way: wildcards are checked by DNS alone."
            );
        if (text.Contains("could not find the start of authority", StringComparison.Ordinal))
            return Problem(
                AcmeTrouble.NoRecord,
                $"No zone was found for {name ?? "a name"}.",
                "Look whether the domain is there, and name resolvers that know its zone.",
                Cause(text)
            );
        if (Unreachable().IsMatch(text))
            return Problem(
                AcmeTrouble.AuthorityAway,
                $"The authority at {order.Directory.Authority} was away in the middle of the order.",
                "Nothing to do: it is tried again.",
                Cause(text)
            );
        return Problem(
            AcmeTrouble.Unknown,
            name is null ? "The order failed." : $"The order failed for {name}.",
            "Read what lego said; it is tried again."
        );
    }

    // "retry after 2026-11-26 01:18:15 UTC", as Let's Encrypt writes it; an authority that names no time is left alone for an hour.
    // A mistake must not cost years.
    private static DateTimeOffset NotBefore(ImmutableArray<AcmeProblem> problems, DateTimeOffset now)
    {
        var named = problems
            .Select(problem => RetryAfter().Match(problem.Detail ?? ""))
            .Where(match => match.Success)
            .Select(match =>
                DateTimeOffset.TryParse(
                    match.Groups["time"].Value.Replace(" UTC", "Z", StringComparison.Ordinal),
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal,
                    out var time
                )
                    ? time
                    : now
            )
            .DefaultIfEmpty(now + TimeSpan.FromHours(1))
            .Max();
        var latest = now + CertificateOrders.LongestWait;
        return named > latest ? latest
            : named > now ? named
            : now + TimeSpan.FromHours(1);
    }

    internal static string ProviderOf(LegoOrder order) => order.Way is ChallengeWay.Dns dns ? DnsProviderNames.Of(dns.Provider) : "";

    // The first words of a chain of errors are ours already.
    private static string Cause(string text) =>
        Plain(
            text.IndexOf("': ", StringComparison.Ordinal) is > 0 and var at
                ? text[(at + 3)..]
                : text.Replace("time limit exceeded: last error: ", "", StringComparison.Ordinal)
        );

    private static string Plain(string text) =>
        text.Replace("Could not obtain certificates:", "", StringComparison.Ordinal)
            .Replace("Could not complete registration", "", StringComparison.Ordinal)
            .Trim();

    [GeneratedRegex(@"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[(INFO|WARN)\] ")]
    private static partial Regex Logged();

    [GeneratedRegex(@"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ")]
    private static partial Regex Dated();

    [GeneratedRegex(@"^\[(?<name>[^\]]+)\] (\[[^\]]+\] )?(?<rest>.+)$")]
    private static partial Regex Named();

    [GeneratedRegex(
        @"acme: error: (?<status>\d+) :: ([A-Z]+ :: \S+ :: )?urn:ietf:params:acme:error:(?<type>\w+) :: (?<detail>.*)$",
        RegexOptions.Singleline
    )]
    private static partial Regex Acme();

    [GeneratedRegex(@"some credentials information are missing: (?<names>[A-Z0-9_, ]+)")]
    private static partial Regex MissingSettings();

    [GeneratedRegex(
        @"\b(401|403)\b|unauthori[sz]ed|forbidden|invalid (api )?(key|token|credential)|authentication|access denied|wrong password",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Refused();

    [GeneratedRegex(
        @"dial tcp|no such host|connection re(fused|set)|i/o timeout|Client\.Timeout|context deadline exceeded|EOF|no route to host|network is unreachable"
    )]
    private static partial Regex Unreachable();

    [GeneratedRegex(@"retry after (?<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d( ?UTC|Z)?)", RegexOptions.IgnoreCase)]
    private static partial Regex RetryAfter();
}
