using Appliance.Web.SignIn;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace Appliance.Web.Frame;

/// <summary>Lets the person of a page with a circuit look again after every change; one a circuit.</summary>
internal sealed class WatchedCircuit(AuthenticationStateProvider authentication) : CircuitHandler
{
    public override Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        (authentication as CircuitPerson)?.Watch();
        return Task.CompletedTask;
    }
}
