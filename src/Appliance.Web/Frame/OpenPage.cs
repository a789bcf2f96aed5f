using System.Security.Claims;
using Microsoft.AspNetCore.SignalR;

namespace Appliance.Web.Frame;

/// <summary>One connection of a page of the console, from the moment it is accepted.</summary>
internal sealed class OpenPage(HubCallerContext connection, ClaimsPrincipal person, DateTimeOffset since)
{
    private volatile bool _hasPage;

    /// <summary>What the framework names the connection by.</summary>
    public string Id => connection.ConnectionId;

    /// <summary>Who opened it, with the rights of that moment.</summary>
    public ClaimsPrincipal Person { get; } = person;

    /// <summary>The session it was opened in.</summary>
    public string Session { get; } = SignIn.Session.IdOf(person) ?? "";

    /// <summary>The account it was opened by.</summary>
    public long Account { get; } = SignIn.Session.AccountOf(person) ?? 0;

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset Since { get; } = since;

    /// <summary>True once it asked for something to be drawn. A connection that never does is closed after a while.</summary>
    public bool HasPage
    {
        get => _hasPage;
        set => _hasPage = value;
    }

    /// <summary>The circuit it draws, or null.</summary>
    public CircuitTicket? Circuit { get; set; }

    /// <summary>Closes the connection now.</summary>
    public void Abort() => connection.Abort();
}
