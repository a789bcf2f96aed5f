using System.Security.Claims;
using Appliance.Data;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace Appliance.Web.SignIn;

/// <summary>
/// The person at an open page. The session is looked up every few seconds, and immediately when something changes in this process. A page
/// that stays open for days must not outlive its session, and a page of somebody who has another role now is loaded again.
/// </summary>
internal sealed class CircuitPerson(ILoggerFactory logs, LiveSessions sessions) : RevalidatingServerAuthenticationStateProvider(logs)
{
    private bool _watches;

    protected override TimeSpan RevalidationInterval => LiveSessions.Freshness;

    /// <summary>
    /// Looks the session up again after every change in this process. Only for pages with a circuit: a plain page is drawn within one
    /// request.
    /// </summary>
    public void Watch()
    {
        if (_watches)
            return;
        _watches = true;
        sessions.Changed += LookAgain;
    }

    protected override async Task<bool> ValidateAuthenticationStateAsync(
        AuthenticationState authenticationState,
        CancellationToken cancellationToken
    )
    {
        if (!await sessions.IsGoodAsync(authenticationState.User, cancellationToken))
            Leave(authenticationState.User);
        return true; // or the framework would put nobody in the place of whoever has left
    }

    protected override void Dispose(bool disposing)
    {
        sessions.Changed -= LookAgain;
        base.Dispose(disposing);
    }

    private void LookAgain() => _ = LookAgainAsync();

    private async Task LookAgainAsync()
    {
        try
        {
            var person = (await GetAuthenticationStateAsync()).User;
            if (person.Identity?.IsAuthenticated == true && !await sessions.IsGoodAsync(person, CancellationToken.None))
                Leave(person);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: the next look is a few seconds away, and every deed checks the session.
        }
    }

    // Signed in as nobody, and still known by name and address: what such a page asks for is refused, and the audit says who asked.
    private void Leave(ClaimsPrincipal person)
    {
        var left = new ClaimsIdentity([new(ClaimTypes.Name, Session.NameOf(person)), BrowserAddress.ClaimOf(person)]);
        SetAuthenticationState(Task.FromResult(new AuthenticationState(new(left))));
    }
}
