using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.Controls;
using Appliance.Web.Frame;
using Appliance.Web.SignIn;
using Appliance.Web.Startup;

namespace Appliance.Web.Control;

/// <summary>
/// What the command line can ask about sessions: of the running process, or in the command itself when none runs (then without open pages).
/// </summary>
internal sealed class SessionsApi(PeopleStore people, SessionStore sessions, OpenPages? pages)
{
    /// <summary>How much of a key is shown.</summary>
    private const int ShownLength = 8;

    /// <summary>The shortest beginning of a key that names a session.</summary>
    private const int Shortest = 4;

    // A user who may enter the data folder could read the database as well.
    private static readonly Actor _reader = Actor.Local("command line");

    /// <summary>Those that hold, of everybody or of one person, the one used last first.</summary>
    public async Task<IReadOnlyList<SessionLine>> ListAsync(string? person, CancellationToken cancellationToken)
    {
        var accounts = await AccountsAsync(cancellationToken);
        var open = pages?.List().CountBy(page => page.Session).ToDictionary() ?? [];
        return
        [
            .. (await sessions.ListAsync(null, _reader, cancellationToken))
                .Where(session => accounts.ContainsKey(session.AccountId))
                .Select(session => (Session: session, Account: accounts[session.AccountId]))
                .Where(pair => person is null || pair.Account.Name.Equals(person, StringComparison.OrdinalIgnoreCase))
                .Select(pair => new SessionLine(
                    pair.Session.Id[..ShownLength],
                    pair.Account.Name,
                    pair.Account.Grant.Words(),
                    BrowserNames.Of(pair.Session.Agent),
                    pair.Session.From,
                    pair.Session.CreatedUtc,
                    pair.Session.LastSeenUtc,
                    pair.Session.ExpiresUtc,
                    open.GetValueOrDefault(pair.Session.Id)
                )),
        ];
    }

    /// <summary>Ends those that are meant, each person's with a line in the audit. Open pages of them are closed.</summary>
    public async Task<EndSessionsAnswer> EndAsync(EndSessionsRequest request, CancellationToken cancellationToken)
    {
        var actor = Actor.Local(request.Author);
        var accounts = await AccountsAsync(cancellationToken);
        var ended = 0;
        if (request.Ids.IsDefaultOrEmpty)
        {
            var meant = accounts
                .Values.Where(person => request.All || person.Name.Equals(request.Person, StringComparison.OrdinalIgnoreCase))
                .ToList();
            if (meant.Count == 0)
                return new(ExitCodes.Problems, 0, $"There is nobody called {request.Person}.");
            foreach (var account in meant)
                ended += (await sessions.EndAllAsync(account.Id, null, actor, cancellationToken)).Ended;
            return Ended(ended);
        }

        // All are found before the first one ends.
        var all = await sessions.ListAsync(null, _reader, cancellationToken);
        var found = new List<AccountSession>();
        foreach (var id in request.Ids)
        {
            if (id.Length < Shortest)
                return new(ExitCodes.Problems, 0, $"{id} is too short: give at least {Shortest} characters of the ID.");
            var fits = all.Where(session => session.Id.StartsWith(id, StringComparison.OrdinalIgnoreCase)).ToList();
            if (fits.Count != 1)
                return new(
                    ExitCodes.Problems,
                    0,
                    fits.Count == 0
                        ? $"No session is called {id}; appliance sessions lists them."
                        : $"{fits.Count} sessions begin with {id}; give more of it."
                );
            found.Add(fits[0]);
        }

        foreach (var chosen in found.DistinctBy(session => session.Id))
            ended += (await sessions.EndAsync(chosen.Id, chosen.AccountId, actor, "session.end", cancellationToken)).Ended;
        return Ended(ended);
    }

    private static EndSessionsAnswer Ended(int count) => new(ExitCodes.Ok, count, $"Ended {Shown.Some(count, "session")}.");

    private async Task<Dictionary<long, Account>> AccountsAsync(CancellationToken cancellationToken) =>
        (await people.ListAsync(_reader, cancellationToken)).ToDictionary(account => account.Id);
}
