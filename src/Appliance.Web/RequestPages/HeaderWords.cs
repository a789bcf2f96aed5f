using Appliance.Proxy.Connections.Inspector;
using Appliance.Web.Controls;

namespace Appliance.Web.RequestPages;

/// <summary>Kept header values in words.</summary>
internal static class HeaderWords
{
    /// <summary>For how long values can be kept, as it is offered.</summary>
    public static readonly (TimeSpan Span, string Words)[] Times =
    [
        (TimeSpan.FromMinutes(1), "1 minute"),
        (TimeSpan.FromMinutes(5), "5 minutes"),
        (TimeSpan.FromHours(1), "1 hour"),
    ];

    /// <summary>What everybody is told meanwhile.</summary>
    public static string Banner(HeaderWatch watch, DateTimeOffset now) =>
        $"{watch.Order.By} keeps header values of route {watch.Order.RouteName}, {Left(watch, now)}";

    /// <summary>How long it goes on.</summary>
    public static string Left(HeaderWatch watch, DateTimeOffset now) => $"{Shown.Duration(watch.Ends - now)} left";
}
