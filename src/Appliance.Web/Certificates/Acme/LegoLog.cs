using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// What lego says while it works, without secrets; the last lines are kept for people, and what they mean is told as it comes.
/// </summary>
internal sealed partial class LegoLog
{
    private const int MostLines = 300;
    private const int LongestLine = 2000;

    // Shorter ones would take whole words out of the text, and guard nothing.
    private const int ShortestSecret = 4;

    private readonly Queue<string> _lines = new();
    private readonly string[] _hidden;
    private readonly string _folder;
    private readonly Action<AcmeStep> _said;
    private readonly int _names;
    private int _validated;
    private bool _isAdvice;

    public LegoLog(IEnumerable<string> secrets, string folder, int names, Action<AcmeStep> said)
    {
        // In an address they stand in another spelling; the longest first, so that no rest of one stays.
        _hidden =
        [
            .. secrets
                .Where(secret => secret.Length >= ShortestSecret)
                .SelectMany(secret =>
                    new[]
                    {
                        secret,
                        Uri.EscapeDataString(secret),
                        System.Net.WebUtility.UrlEncode(secret),
                        System.Text.Json.JsonEncodedText.Encode(secret).ToString(),
                    }
                )
                .Distinct(StringComparer.Ordinal)
                .OrderByDescending(secret => secret.Length),
        ];
        (_folder, _names, _said) = (folder, names, said);
    }

    /// <summary>The last lines that lego wrote.</summary>
    public ImmutableArray<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>Takes a line of either output.</summary>
    public void Add(string line)
    {
        line = Redacted(line);
        lock (_lines)
        {
            // To keep the account's folder: that is done already, and elsewhere.
            _isAdvice = line.StartsWith("!!!! HEADS UP", StringComparison.Ordinal) || (_isAdvice && !Dated().IsMatch(line));
            if (_isAdvice)
                return;
            _lines.Enqueue(line);
            if (_lines.Count > MostLines)
                _lines.Dequeue();
        }

        if (StepOf(line) is { } step)
            _said(step);
    }

    private string Redacted(string line)
    {
        foreach (var secret in _hidden)
            line = line.Replace(secret, "***", StringComparison.Ordinal);
        line = line.Replace(_folder, "", StringComparison.Ordinal);
        return line.Length <= LongestLine ? line : line[..LongestLine] + " ...";
    }

    private AcmeStep? StepOf(string line)
    {
        if (line.Contains("acme: Registering account", StringComparison.Ordinal))
            return new(AcmeStage.Registering, null, 0, _names);
        if (line.Contains("acme: Obtaining bundled SAN certificate", StringComparison.Ordinal))
            return new(AcmeStage.Ordering, null, 0, _names);
        if (line.Contains("acme: Validations succeeded", StringComparison.Ordinal))
            return new(AcmeStage.Issuing, null, _names, _names);
        if (Named().Match(line) is not { Success: true } match)
            return null;
        var name = match.Groups["name"].Value;
        return match.Groups["what"].Value switch
        {
            "acme: Preparing to solve DNS-01" => new(AcmeStage.WritingRecord, name, _validated, _names),
            "acme: Waiting for DNS record propagation." => new(AcmeStage.WaitingForRecord, name, _validated, _names),
            "acme: Trying to solve HTTP-01" or "acme: Trying to solve DNS-01" => new(
                AcmeStage.WaitingForAuthority,
                name,
                _validated,
                _names
            ),
            "The server validated our request" or "acme: authorization already valid; skipping challenge" => new(
                AcmeStage.Validated,
                name,
                ++_validated,
                _names
            ),
            _ => null,
        };
    }

    [GeneratedRegex(@"^\d{4}/\d\d/\d\d ")]
    private static partial Regex Dated();

    [GeneratedRegex(@"\[INFO\] \[(?<name>[^\]]+)\] (?<what>.+)$")]
    private static partial Regex Named();
}

/// <summary>The step at which an order is.</summary>
/// <param name="Stage">Where.</param>
/// <param name="Name">With which name, or null.</param>
/// <param name="Validated">Names that the authority has seen to be ours.</param>
/// <param name="Names">Of how many.</param>
public sealed record AcmeStep(AcmeStage Stage, string? Name, int Validated, int Names)
{
    /// <summary>As people read it.</summary>
    public string Words =>
        Stage switch
        {
            AcmeStage.Waiting => "Waiting for another order to end",
            AcmeStage.Starting => "Asking the authority for its directory",
            AcmeStage.Registering => "Opening an account at the authority",
            AcmeStage.Ordering => "Placing the order",
            AcmeStage.WritingRecord => $"Writing the DNS record for {Name}",
            AcmeStage.WaitingForRecord => $"Waiting until the DNS record for {Name} can be seen",
            AcmeStage.WaitingForAuthority => $"Waiting for the authority to check {Name}",
            AcmeStage.Validated => $"The authority has checked {Name} ({Validated} of {Names})",
            AcmeStage.Issuing => "Every name is checked; waiting for the certificate",
            _ => "Issued",
        };
}

/// <summary>The stages of an order, in their order.</summary>
public enum AcmeStage
{
    /// <summary>Others are before it.</summary>
    Waiting,

    /// <summary>The run has begun: lego was started.</summary>
    Starting,

    /// <summary>An account is opened.</summary>
    Registering,

    /// <summary>The order is placed.</summary>
    Ordering,

    /// <summary>A TXT record is written.</summary>
    WritingRecord,

    /// <summary>It is waited until it can be seen.</summary>
    WaitingForRecord,

    /// <summary>The authority was told that it may look.</summary>
    WaitingForAuthority,

    /// <summary>It has looked at one name.</summary>
    Validated,

    /// <summary>It has looked at all.</summary>
    Issuing,

    /// <summary>The certificate is here.</summary>
    Issued,
}
