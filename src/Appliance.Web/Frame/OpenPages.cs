using System.Security.Claims;
using Appliance.Data.Rights;
using Appliance.Web.SignIn;
using Microsoft.AspNetCore.SignalR;

namespace Appliance.Web.Frame;

/// <summary>
/// The connections of the console's pages, with or without a page, and how many there may be: each keeps memory here. One person must not
/// be able to keep the others out, and nobody the administrators.
/// </summary>
internal sealed class OpenPages(TimeProvider time)
{
    /// <summary>Most connections of all people together.</summary>
    public const int Most = 500;

    /// <summary>Of <see cref="Most"/>, those that only administrators get.</summary>
    public const int KeptForAdministrators = 50;

    /// <summary>Most connections of one person, in all sessions.</summary>
    public const int MostOfPerson = 100;

    /// <summary>Most connections of one session.</summary>
    public const int MostOfSession = 50;

    /// <summary>
    /// Circuits that lost their connection and may be come back to; the one that was lost first is forgotten for one more.
    /// </summary>
    public const int MostLost = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, OpenPage> _pages = [];
    private readonly HashSet<ComingPage> _coming = [];
    private readonly Dictionary<string, CircuitTicket> _circuits = [];

    /// <summary>Every one that is open now.</summary>
    public IReadOnlyList<OpenPage> List()
    {
        lock (_gate)
            return [.. _pages.Values];
    }

    /// <summary>How many circuits are remembered: those with a connection, and those that were lost.</summary>
    public int Circuits
    {
        get
        {
            lock (_gate)
                return _circuits.Count;
        }
    }

    /// <summary>Why this person may not open one more, a sentence, or null.</summary>
    public string? Refusal(ClaimsPrincipal person)
    {
        lock (_gate)
            return RefusalOf(person);
    }

    /// <summary>Counts a connection that is on its way, or says why there may not be one more.</summary>
    public (ComingPage? Coming, string? Refusal) Expect(ClaimsPrincipal person)
    {
        lock (_gate)
        {
            if (RefusalOf(person) is { } refusal)
                return (null, refusal);
            var one = new ComingPage(Session.IdOf(person) ?? "", Session.AccountOf(person) ?? 0);
            _coming.Add(one);
            return (one, null);
        }
    }

    /// <summary>
    /// A socket comes for what was negotiated. Returns what counts it from now on until its request ends, and how long the negotiation
    /// would have counted: that of the same session, else a new one.
    /// </summary>
    public (ComingPage? Coming, DateTimeOffset? Until, string? Refusal) ExpectNegotiated(ClaimsPrincipal person)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            _coming.RemoveWhere(page => page.Until < now);
            var session = Session.IdOf(person) ?? "";
            if (_coming.FirstOrDefault(page => page.Until is not null && page.Session == session) is { } negotiated)
            {
                var until = negotiated.Until;
                negotiated.Until = null;
                return (negotiated, until, null);
            }

            var (one, refusal) = Expect(person);
            return (one, null, refusal);
        }
    }

    /// <summary>No connection came of that socket: the negotiation counts as before.</summary>
    public void NotConnected(ComingPage page, DateTimeOffset until)
    {
        lock (_gate)
            page.Until = until;
    }

    /// <summary>It was negotiated: it counts until it is connected, or until the framework forgets it.</summary>
    public void Negotiated(ComingPage page)
    {
        lock (_gate)
            page.Until = time.GetUtcNow() + ComingPage.NegotiatedFor;
    }

    /// <summary>It is gone, or has become a page.</summary>
    public void Forget(ComingPage page)
    {
        lock (_gate)
            _coming.Remove(page);
    }

    /// <summary>
    /// Takes a new connection in; null when there are too many. <paramref name="from"/> is what it was while it was on its way; null: it
    /// was negotiated, and one of the session's negotiations is over.
    /// </summary>
    public OpenPage? Add(HubCallerContext connection, ClaimsPrincipal person, ComingPage? from = null)
    {
        lock (_gate)
        {
            var session = Session.IdOf(person) ?? "";
            if ((from ?? _coming.FirstOrDefault(page => page.Until is not null && page.Session == session)) is { } before)
                _coming.Remove(before);
            return RefusalOf(person) is null ? _pages[connection.ConnectionId] = new(connection, person, time.GetUtcNow()) : null;
        }
    }

    /// <summary>The connection, or null when it was not taken in.</summary>
    public OpenPage? Find(string connectionId)
    {
        lock (_gate)
            return _pages.GetValueOrDefault(connectionId);
    }

    /// <summary>A connection is gone. Its circuit may be come back to for a while.</summary>
    public void Remove(string connectionId)
    {
        lock (_gate)
        {
            if (_pages.Remove(connectionId, out var page))
                Leave(page);
        }
    }

    /// <summary>The connection has begun a circuit. The one it had before, if any, is lost.</summary>
    public void Began(OpenPage page, string secret)
    {
        lock (_gate)
        {
            Leave(page);
            Enter(page, _circuits[secret] = new(secret, page.Session, Session.GrantOf(page.Person)));
        }
    }

    /// <summary>True when the circuit was begun in the session of this connection, with the same rights.</summary>
    public bool IsOwn(OpenPage page, string? secret)
    {
        lock (_gate)
            return secret is not null
                && _circuits.TryGetValue(secret, out var circuit)
                && circuit.Session == page.Session
                && circuit.Grant == Session.GrantOf(page.Person);
    }

    /// <summary>The connection has come back to a circuit.</summary>
    public void CameBack(OpenPage page, string secret)
    {
        lock (_gate)
        {
            if (_circuits.TryGetValue(secret, out var circuit) && page.Circuit != circuit)
            {
                Leave(page);
                Enter(page, circuit);
            }
        }
    }

    /// <summary>Forgets the circuits that were lost before <paramref name="limit"/>: the framework has closed them.</summary>
    public void ForgetLost(DateTimeOffset limit)
    {
        lock (_gate)
        {
            foreach (var circuit in _circuits.Values.Where(ticket => ticket.LostAt < limit).ToList())
                _circuits.Remove(circuit.Secret);
        }
    }

    private void Enter(OpenPage page, CircuitTicket circuit)
    {
        (page.Circuit, circuit.Page, circuit.LostAt) = (circuit, page, null);

        // It may have gone while the framework answered, and nobody will say so again.
        if (!_pages.ContainsKey(page.Id))
            Leave(page);
    }

    private void Leave(OpenPage page)
    {
        var circuit = page.Circuit;
        page.Circuit = null;

        // Another connection may have come back to it before this one was known to be gone.
        if (circuit is null || circuit.Page != page)
            return;
        (circuit.Page, circuit.LostAt) = (null, time.GetUtcNow());
        if (
            _circuits.Count > MostLost
            && _circuits.Values.Where(ticket => ticket.LostAt is not null).ToList() is { Count: > MostLost } lost
        )
            _circuits.Remove(lost.MinBy(ticket => ticket.LostAt)!.Secret); // there are some
    }

    private string? RefusalOf(ClaimsPrincipal person)
    {
        var isAdministrator = Session.GrantOf(person).Includes(Role.Administrator);
        var now = time.GetUtcNow();
        _coming.RemoveWhere(page => page.Until < now);
        if (_pages.Count + _coming.Count >= (isAdministrator ? Most : Most - KeptForAdministrators))
            return "Too many pages of the console are open; close some and try again.";
        var (session, account) = (Session.IdOf(person), Session.AccountOf(person));
        if (_pages.Values.Count(page => page.Session == session) + _coming.Count(page => page.Session == session) >= MostOfSession)
            return $"You have {MostOfSession} pages open in this browser; close some and try again.";
        return _pages.Values.Count(page => page.Account == account) + _coming.Count(page => page.Account == account) >= MostOfPerson
            ? $"You have {MostOfPerson} pages open in all your browsers; close some and try again."
            : null;
    }
}
