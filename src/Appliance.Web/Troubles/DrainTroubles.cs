using Appliance.Data.Notices;
using Appliance.Proxy.Connections;
using Appliance.Web.Controls;
using Appliance.Web.Live;

namespace Appliance.Web.Troubles;

/// <summary>Drains that are through: what was open when they began is closed. One that found nothing open is no news.</summary>
public sealed class DrainTroubles : ITroubleSource
{
    /// <inheritdoc/>
    public IReadOnlyList<TroubleKind> Kinds { get; } = [TroubleKind.Drain];

    /// <inheritdoc/>
    public IEnumerable<Trouble> Of(ConsoleView view, IReadOnlySet<string> open)
    {
        foreach (var drain in view.Drains.Value)
        {
            if (!drain.IsEmpty || drain.AtStart == 0)
                continue;
            var target = drain.Order.Target;
            yield return new()
            {
                Id = $"drain/{target.Kind}/{target.Id}/{target.Server}/{drain.Started.UtcTicks}",
                Kind = TroubleKind.Drain,
                Severity = NoticeSeverity.Info,
                Sentence =
                    $"The drain of {drain.Order.Name} is through: {Shown.Some(drain.AtStart, "WebSocket was", "WebSockets were")} open "
                    + $"when {drain.Order.By} began it, and every one is closed.",
                Path = target.Kind == DrainKind.Route ? $"/routes/{target.Id}" : $"/pools/{target.Id}",
                Since = drain.Started,
                IsNews = true,
            };
        }
    }
}
