using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Audit;

/// <summary>Which entries are meant: all that is set must hold.</summary>
public sealed record AuditFilter
{
    /// <summary>Who; case does not matter (for ASCII letters).</summary>
    public string? Actor { get; init; }

    /// <summary>
    /// What: beginnings of actions, as <c>sign_in</c> or <c>connection.close</c>, separated by blanks; one of them must hold.
    /// </summary>
    public string? Action { get; init; }

    /// <summary>True: only what went well, a sign-in that goes on included; false: only what was refused or failed.</summary>
    public bool? Succeeded { get; init; }

    /// <summary>Only entries of this time or later; null: no limit.</summary>
    public DateTime? FromUtc { get; init; }

    /// <summary>Only entries before this time; null: no limit.</summary>
    public DateTime? ToUtc { get; init; }

    /// <summary>Words that must all stand somewhere in an entry; case does not matter (for ASCII letters).</summary>
    public string? Text { get; init; }

    /// <summary>Words beyond these do not count: each makes the query deeper, and an address can hold thousands.</summary>
    public const int MostWords = 10;

    internal IQueryable<AuditEntry> Of(IQueryable<AuditEntry> entries)
    {
        if (!string.IsNullOrWhiteSpace(Actor))
        {
            var actor = Escaped(Actor.Trim());
            entries = entries.Where(entry => EF.Functions.Like(entry.Actor, actor, "\\"));
        }

        if ((Action ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MostWords).ToArray() is { Length: > 0 } actions)
            entries = entries.Where(entry => actions.Any(action => entry.Action.StartsWith(action)));
        if (Succeeded is { } succeeded)
            entries = entries.Where(entry =>
                (entry.Result.StartsWith("ok") || entry.Result == AuditEntry.CodeAsked || entry.Result == AuditEntry.PasswordChangeAsked)
                == succeeded
            );
        if (FromUtc is { } from)
            entries = entries.Where(entry => entry.AtUtc >= from);
        if (ToUtc is { } to)
            entries = entries.Where(entry => entry.AtUtc < to);
        foreach (var word in (Text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MostWords))
        {
            var pattern = $"%{Escaped(word)}%";
            entries = entries.Where(entry =>
                EF.Functions.Like(entry.Actor, pattern, "\\")
                || EF.Functions.Like(entry.From, pattern, "\\")
                || EF.Functions.Like(entry.Action, pattern, "\\")
                || EF.Functions.Like(entry.Target, pattern, "\\")
                || EF.Functions.Like(entry.Before, pattern, "\\")
                || EF.Functions.Like(entry.After, pattern, "\\")
                || EF.Functions.Like(entry.Result, pattern, "\\")
            );
        }

        return entries;
    }

    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("%", "\\%", StringComparison.Ordinal)
            .Replace("_", "\\_", StringComparison.Ordinal);
}
