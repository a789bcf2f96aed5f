using System.Collections.Concurrent;
using System.Security.Claims;
using Appliance.Data;
using Appliance.Data.Audit;

namespace Appliance.Web.SignIn;

/// <summary>
/// Pages and files that somebody asked for and may not have, with a line in the audit: who, from where, what. The same request of the same
/// person is written once a minute, so that nobody fills the disk by asking.
/// </summary>
public sealed class RefusedViews(AuditStore audit, TimeProvider time, ILogger<RefusedViews> log)
{
    private static readonly TimeSpan _once = TimeSpan.FromMinutes(1);
    private const string View = "page.view";
    private const int MostKnown = 5_000;
    private readonly ConcurrentDictionary<(string Name, string From, string Path), long> _known = new();

    /// <summary>
    /// Writes the line. <paramref name="path"/> is that of the page, without a query; <paramref name="action"/> is what the audit calls it.
    /// </summary>
    public async Task NoteAsync(ClaimsPrincipal person, string path, string action = View)
    {
        var (name, from) = (Session.NameOf(person), BrowserAddress.Of(person));
        path = path.Length > 200 ? path[..200] : path;
        var (now, isNew) = (time.GetTimestamp(), false);
        _known.AddOrUpdate(
            (name, from, path),
            _ =>
            {
                isNew = true;
                return now;
            },
            (_, before) =>
            {
                isNew = time.GetElapsedTime(before, now) >= _once;
                return isNew ? now : before;
            }
        );
        if (!isNew)
            return;
        if (_known.Count > MostKnown)
            _known.Clear();
        try
        {
            // To its end, even when the browser has gone: it was asked for.
            await audit.AddAsync(
                new()
                {
                    Actor = name,
                    From = from,
                    Action = action,
                    Target = path,
                    Result = $"not_allowed: needs the role Administrator; {Session.NameOf(person)} is {Session.GrantOf(person).Words()}.",
                },
                CancellationToken.None
            );
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: it was refused all the same, and the log has it.
            _known.TryRemove((name, from, path), out _);
            log.NotNoted(name, path, exception);
        }
    }
}

internal static partial class RefusedViewsLog
{
    [LoggerMessage(3660, LogLevel.Warning, "{Person} asked for {Path} and may not have it; the audit could not be written.")]
    public static partial void NotNoted(this ILogger log, string person, string path, Exception exception);
}
