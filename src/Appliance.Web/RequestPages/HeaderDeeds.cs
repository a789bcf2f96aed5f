using Appliance.Proxy.Connections.Inspector;
using Appliance.Web.Deeds;
using Appliance.Web.Sockets;

namespace Appliance.Web.RequestPages;

/// <summary>Keeping values of headers, as pages use it. One instance an open page.</summary>
public sealed class HeaderDeeds(PageDeeds deeds, ConnectionControl control)
{
    private const string Undone = "nothing was done, because what cannot be recorded is not done";

    /// <summary>Keeps the values of a route for a time, once somebody has read what that means.</summary>
    public Task KeepAsync(Guid route, string name, TimeSpan during, string words) =>
        deeds.TellAsync(
            new Deed<(HeaderWatch? Watch, string? Fault)>
            {
                Do = actor => control.KeepHeadersAsync(actor, Order(route, name, during), CancellationToken.None),
                Refusal = started => started.Fault,
                Undone = Undone,
                Ask = new(
                    $"Keep header values of route {name}?",
                    $"For {words}, administrators can see what headers of its requests and answers say. {Black} They stay in memory, and "
                        + "are forgotten 15 minutes later. Everybody sees on every page that they are kept, and the audit records it.",
                    $"Keep them for {words}",
                    Loses: false
                ),
            }
        );

    /// <summary>Ends it, and forgets what was kept.</summary>
    public Task ForgetAsync(Guid route, string name) =>
        deeds.TellAsync(
            new Deed<bool> { Do = actor => control.ForgetHeadersAsync(actor, route, name, CancellationToken.None), Undone = Undone }
        );

    /// <summary>What is never shown.</summary>
    public static string Black =>
        $"These are blacked out before anything is kept: {SecretHeaders.Words}; and wherever they stand, {Redaction.Standard}.";

    private static HeaderOrder Order(Guid route, string name, TimeSpan during) =>
        new()
        {
            RouteId = route,
            RouteName = name,
            Duration = during,
            By = "",
        };
}
