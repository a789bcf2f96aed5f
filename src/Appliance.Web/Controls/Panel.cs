namespace Appliance.Web.Controls;

/// <summary>
/// Something that an area shows on a page of another one. Neither of the two knows the other: the set-up of the console registers it.
/// </summary>
/// <param name="Place">Where it is shown, and what it is given there.</param>
/// <param name="Component">The type of the component.</param>
public sealed record Panel(PanelPlace Place, Type Component);

/// <summary>Where areas may show something. Each place gives a parameter.</summary>
public enum PanelPlace
{
    /// <summary>On the dashboard, below what is wrong with routes and pools. Parameter <c>View</c>: what the console shows now.</summary>
    Dashboard,

    /// <summary>On the page of a stored route, above its form. Parameter <c>Id</c>: the identity of the route.</summary>
    Route,
}
