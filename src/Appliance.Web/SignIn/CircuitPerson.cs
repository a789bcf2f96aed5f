using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace Appliance.Web.SignIn;

/// <summary>
/// Who sits at an open page. Asked again and again, and at once when something changes here: a page that stays open for days must not outlive its session, and a
/// page of somebody who has another role now is loaded anew.
/// </summary>
internal sealed class CircuitPerson : RevalidatingServerAuthenticationStateProvider
{
    private readonly LiveSessions sessions;

    public CircuitPerson(ILoggerFactory logs, LiveSessions sessions)
        : base(logs)
    {
        this.sessions = sessions;
        sessions.Changed += LookAgain;
    }

    protected override TimeSpan RevalidationInterval => LiveSessions.Freshness;

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        await sessions.IsGoodAsync(authenticationState.User, cancellationToken);

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
                SetAuthenticationState(Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity()))));
        }
        catch (Exception exception) when (exception is System.Data.Common.DbException or IOException or InvalidOperationException)
        {
            // Going on is right: the next look is a few seconds away, and every deed asks by itself.
        }
    }
}
