using System.Security.Claims;
using Appliance.Data.Rights;
using Microsoft.AspNetCore.Components.Authorization;

namespace Appliance.Web.SignIn;

/// <summary>
/// Who does what a page asks for, with the rights of this moment: not those the page was opened with. One instance an open page.
/// </summary>
public sealed class CurrentActor(AuthenticationStateProvider authentication, LiveSessions sessions)
{
    /// <summary>
    /// The person at this page. When the session has ended, somebody who may nothing: whatever is asked for is refused at its door.
    /// </summary>
    public async Task<Actor> WhoAsync() =>
        await WhoAsync(sessions, (await authentication.GetAuthenticationStateAsync()).User, CancellationToken.None);

    /// <summary>The session this page was opened in, or null.</summary>
    public async Task<string?> SessionAsync() => Session.IdOf((await authentication.GetAuthenticationStateAsync()).User);

    /// <summary>The person who sends a request.</summary>
    public static Task<Actor> WhoAsync(HttpContext context) =>
        WhoAsync(context.RequestServices.GetRequiredService<LiveSessions>(), context.User, context.RequestAborted);

    private static async Task<Actor> WhoAsync(LiveSessions sessions, ClaimsPrincipal person, CancellationToken cancellationToken)
    {
        var use = await sessions.UseOfAsync(person, cancellationToken);
        return new(
            Session.NameOf(person),
            BrowserAddress.Of(person),
            use?.Account.Grant ?? Grant.Nothing,
            use is not null && sessions.IsFresh(use),
            Session.IdOf(person)
        );
    }
}
