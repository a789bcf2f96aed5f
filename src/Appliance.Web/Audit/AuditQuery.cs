using System.Globalization;
using Appliance.Data.Audit;

namespace Appliance.Web.Audit;

/// <summary>
/// Which entries are meant, as texts that travel: the same in an address, on the command line and on the control socket. All that is set
/// must hold.
/// </summary>
public sealed record AuditQuery
{
    /// <summary>The result of what went well.</summary>
    public const string Ok = "ok";

    /// <summary>The result of what was refused or failed.</summary>
    public const string Failed = "failed";

    private static readonly string[] _times =
    [
        "yyyy-MM-dd",
        "yyyy-MM-ddTHH:mm",
        "yyyy-MM-ddTHH:mm:ss",
        "yyyy-MM-dd HH:mm",
        "yyyy-MM-dd HH:mm:ss",
    ];

    /// <summary>The whole name of a person; null: everybody.</summary>
    public string? Person { get; init; }

    /// <summary>A kind of action, as <c>sign-ins</c>, or the beginning of an action, as <c>drain.start</c>.</summary>
    public string? Action { get; init; }

    /// <summary>How it went: <see cref="Ok"/> or <see cref="Failed"/>; null: both.</summary>
    public string? Result { get; init; }

    /// <summary>From this day or time on, UTC: <c>2026-03-04</c>, <c>2026-03-04T10:30</c>.</summary>
    public string? From { get; init; }

    /// <summary>Until this day, included, or this time, UTC.</summary>
    public string? To { get; init; }

    /// <summary>Words that must all stand somewhere in an entry.</summary>
    public string? Search { get; init; }

    /// <summary>True when something is chosen.</summary>
    public bool IsFiltered => this != new AuditQuery();

    /// <summary>Reads the query by the names below; an empty text counts as not given.</summary>
    public static AuditQuery Of(Func<string, string?> value)
    {
        return new()
        {
            Person = Text("person"),
            Action = Text("action"),
            Result = Text("result"),
            From = Text("from"),
            To = Text("to"),
            Search = Text("search"),
        };

        string? Text(string name) => value(name)?.Trim() is { Length: > 0 } text ? text : null;
    }

    /// <summary>The filter, or a sentence about what is wrong with it.</summary>
    public (AuditFilter Filter, string? Fault) Read()
    {
        var kind = AuditWords.Kinds.FirstOrDefault(candidate => candidate.Name == Action);
        if (
            Action is not null
            && kind is null
            && !AuditWords
                .Kinds.SelectMany(candidate => candidate.Actions)
                .Any(action => action.Name.StartsWith(Action, StringComparison.Ordinal))
        )
            return (
                new(),
                $"No action begins with \"{Action}\"; write an action as connection.close, or a kind: "
                    + $"{string.Join(", ", AuditWords.Kinds.Select(candidate => candidate.Name))}."
            );
        if (Result is not (null or Ok or Failed))
            return (new(), $"\"{Result}\" is not a result; it is {Ok} or {Failed}.");
        var (from, to) = (Time(From), Time(To));
        if (From is not null && from is null)
            return (new(), NoTime(From));
        if (To is not null && to is null)
            return (new(), NoTime(To));
        return (
            new()
            {
                Actor = Person,
                Action = kind?.Prefixes ?? Action,
                Succeeded = Result is null ? null : Result == Ok,
                FromUtc = from,
                ToUtc = To?.Length == _times[0].Length ? to?.AddDays(1) : to,
                Text = Search,
            },
            null
        );
    }

    /// <summary>What is set, by the names of <see cref="Of"/>.</summary>
    public IEnumerable<(string Name, string Value)> Pairs()
    {
        (string Name, string? Value)[] all =
        [
            ("person", Person),
            ("action", Action),
            ("result", Result),
            ("from", From),
            ("to", To),
            ("search", Search),
        ];
        return all.Where(pair => pair.Value is not null).Select(pair => (pair.Name, pair.Value ?? ""));
    }

    /// <summary>As the query of an address, without its question mark.</summary>
    public string ToQueryString() => string.Join('&', Pairs().Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value)}"));

    /// <summary>For the audit: what was meant.</summary>
    public string Words() => IsFiltered ? string.Join(", ", Pairs().Select(pair => $"{pair.Name} {pair.Value}")) : "everything";

    /// <summary>True when the text is a day without a time.</summary>
    public static bool IsDay(string? text) => text is null || text.Length == _times[0].Length;

    private static DateTime? Time(string? text) =>
        DateTime.TryParseExact(
            text?.TrimEnd('Z'),
            _times,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
        && time.Year < 9999
            ? time
            : null;

    private static string NoTime(string text) => $"\"{text}\" is not a day or a time; write it as 2026-03-04 or 2026-03-04T10:30 (UTC).";
}
