using System.Security.Claims;
using Appliance.Data.Accounts;
using Appliance.Web.SignIn;
using Microsoft.AspNetCore.SignalR;

namespace Appliance.Web.Frame;

/// <summary>
/// The connections of the console's pages, with or without a page, and how many there may be: each keeps memory here. One person must not be able to keep the others
/// out, and nobody the administrators.
/// </summary>
internal sealed class OpenPages(TimeProvider time)
{
    /// <summary>Of everybody.</summary>
    public const int Most = 500;

    /// <summary>Of <see cref="Most"/>, those that only administrators get.</summary>
    public const int KeptForAdministrators = 50;

    /// <summary>Of one person, in all sessions.</summary>
    public const int MostOfPerson = 100;

    /// <summary>Of one session.</summary>
    public const int MostOfSession = 50;

    /// <summary>Circuits that lost their connection and may be come back to; the one that was lost first is forgotten for one more.</summary>
    public const int MostLost = 1_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, OpenPage> pages = [];
    private readonly Dictionary<string, CircuitTicket> circuits = [];

    /// <summary>Every one that is open now.</summary>
    public IReadOnlyList<OpenPage> List()
    {
        lock (gate)
            return [.. pages.Values];
    }

    /// <summary>How many circuits are remembered: those with a connection, and those that were lost.</summary>
    public int Circuits
    {
        get
        {
            lock (gate)
                return circuits.Count;
        }
    }

    /// <summary>Why this person may not open one more, a sentence, or null.</summary>
    public string? Refusal(ClaimsPrincipal person)
    {
        lock (gate)
            return RefusalOf(person);
    }

    /// <summary>Takes a new connection in; null when there are too many.</summary>
    public OpenPage? Add(HubCallerContext connection, ClaimsPrincipal person)
    {
        lock (gate)
            return RefusalOf(person) is null ? pages[connection.ConnectionId] = new(connection, person, time.GetUtcNow()) : null;
    }

    /// <summary>The connection, or null when it was not taken in.</summary>
    public OpenPage? Find(string connectionId)
    {
        lock (gate)
            return pages.GetValueOrDefault(connectionId);
    }

    /// <summary>A connection is gone. Its circuit may be come back to for a while.</summary>
    public void Remove(string connectionId)
    {
        lock (gate)
        {
            if (pages.Remove(connectionId, out var page))
                Leave(page);
        }
    }

    /// <summary>The connection has begun a circuit. The one it had before, if any, is lost.</summary>
    public void Began(OpenPage page, string secret)
    {
        lock (gate)
        {
            Leave(page);
            Enter(page, circuits[secret] = new(secret, page.Session, Session.GrantOf(page.Person)));
        }
    }

    /// <summary>True when the circuit was begun in the session of this connection, with the same rights.</summary>
    public bool IsOwn(OpenPage page, string? secret)
    {
        lock (gate)
            return secret is not null && circuits.TryGetValue(secret, out var circuit) && circuit.Session == page.Session && circuit.Grant == Session.GrantOf(page.Person);
    }

    /// <summary>The connection has come back to a circuit.</summary>
    public void CameBack(OpenPage page, string secret)
    {
        lock (gate)
        {
            if (circuits.TryGetValue(secret, out var circuit) && page.Circuit != circuit)
            {
                Leave(page);
                Enter(page, circuit);
            }
        }
    }

    /// <summary>Forgets the circuits that were lost before <paramref name="limit"/>: the framework has closed them.</summary>
    public void ForgetLost(DateTimeOffset limit)
    {
        lock (gate)
        {
            foreach (var circuit in circuits.Values.Where(one => one.LostAt < limit).ToList())
                circuits.Remove(circuit.Secret);
        }
    }

    private void Enter(OpenPage page, CircuitTicket circuit)
    {
        (page.Circuit, circuit.Page, circuit.LostAt) = (circuit, page, null);

        // It may have gone while the framework answered, and nobody will say so again.
        if (!pages.ContainsKey(page.Id))
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
        if (circuits.Count > MostLost && circuits.Values.Where(one => one.LostAt is not null).ToList() is { Count: > MostLost } lost)
            circuits.Remove(lost.MinBy(one => one.LostAt)!.Secret); // there are some
    }

    private string? RefusalOf(ClaimsPrincipal person)
    {
        var isAdministrator = Session.GrantOf(person).Includes(Role.Administrator);
        if (pages.Count >= (isAdministrator ? Most : Most - KeptForAdministrators))
            return "Too many pages of the console are open; close some and try again.";
        var (session, account) = (Session.IdOf(person), Session.AccountOf(person));
        return pages.Values.Count(one => one.Session == session) >= MostOfSession ? $"You have {MostOfSession} pages open in this browser; close some and try again."
            : pages.Values.Count(one => one.Account == account) >= MostOfPerson ? $"You have {MostOfPerson} pages open in all your browsers; close some and try again."
            : null;
    }
}
