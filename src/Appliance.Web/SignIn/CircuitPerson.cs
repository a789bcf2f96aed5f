using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace Appliance.Web.SignIn;

/// <summary>Who sits at an open page. Asked again and again: a page that stays open for days must not outlive the session.</summary>
internal sealed class CircuitPerson(ILoggerFactory logs, SessionStamps stamps) : RevalidatingServerAuthenticationStateProvider(logs)
{
    protected override TimeSpan RevalidationInterval => SessionStamps.Freshness;

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        await stamps.IsGoodAsync(authenticationState.User, cancellationToken);
}
