using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Audit;

/// <summary>Which entries are meant: all that is set must hold.</summary>
public sealed record AuditFilter
{
    /// <summary>Who; case does not matter (for ASCII letters).</summary>
    public string? Actor { get; init; }

    /// <summary>What: the beginning of an action, as <c>sign_in</c> or <c>connection.close</c>.</summary>
    public string? Action { get; init; }

    /// <summary>True: only what went well; false: only what did not.</summary>
    public bool? Succeeded { get; init; }

    /// <summary>From then on.</summary>
    public DateTime? FromUtc { get; init; }

    /// <summary>Until then, exclusive.</summary>
    public DateTime? ToUtc { get; init; }

    /// <summary>Words that must all stand somewhere in an entry; case does not matter (for ASCII letters).</summary>
    public string? Text { get; init; }

    internal IQueryable<AuditEntry> Of(IQueryable<AuditEntry> entries)
    {
        if (!string.IsNullOrWhiteSpace(Actor))
        {
            var actor = Escaped(Actor.Trim());
            entries = entries.Where(entry => EF.Functions.Like(entry.Actor, actor, "\\"));
        }

        if (!string.IsNullOrWhiteSpace(Action))
            entries = entries.Where(entry => entry.Action.StartsWith(Action.Trim()));
        if (Succeeded is { } succeeded)
            entries = entries.Where(entry => entry.Result.StartsWith("ok") == succeeded);
        if (FromUtc is { } from)
            entries = entries.Where(entry => entry.AtUtc >= from);
        if (ToUtc is { } to)
            entries = entries.Where(entry => entry.AtUtc < to);
        foreach (var word in (Text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var pattern = $"%{Escaped(word)}%";
            entries = entries.Where(entry =>
                EF.Functions.Like(entry.Actor, pattern, "\\") || EF.Functions.Like(entry.From, pattern, "\\") || EF.Functions.Like(entry.Action, pattern, "\\")
                || EF.Functions.Like(entry.Target, pattern, "\\") || EF.Functions.Like(entry.Before, pattern, "\\") || EF.Functions.Like(entry.After, pattern, "\\")
                || EF.Functions.Like(entry.Result, pattern, "\\"));
        }

        return entries;
    }

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
