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

    private readonly Lock gate = new();
    private readonly Dictionary<string, OpenPage> pages = [];
    private readonly Dictionary<string, CircuitTicket> circuits = [];

    /// <summary>Every one that is open now.</summary>
    public IReadOnlyList<OpenPage> List()
    {
        lock (gate)
            return [.. pages.Values];
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
            if (pages.Remove(connectionId, out var page) && page.Circuit is { } circuit)
                circuit.LostAt = time.GetUtcNow();
        }
    }

    /// <summary>The connection has begun a circuit.</summary>
    public void Began(OpenPage page, string secret)
    {
        lock (gate)
            page.Circuit = circuits[secret] = new(secret, page.Session, Session.GrantOf(page.Person));
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
            if (circuits.TryGetValue(secret, out var circuit))
                (page.Circuit, circuit.LostAt) = (circuit, null);
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
