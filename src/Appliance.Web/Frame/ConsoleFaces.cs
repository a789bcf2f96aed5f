using Appliance.Web.Faces;
using Appliance.Web.HeaderMaps;
using Appliance.Web.Routes;
using Appliance.Web.TlsPolicies;
using Appliance.Web.Upstreams;

namespace Appliance.Web.Frame;

/// <summary>The faces of this console. A new kind of item adds its line here.</summary>
public static class ConsoleFaces
{
    /// <summary>In the order of the navigation.</summary>
    public static ItemFaces Known { get; } = new([new RouteFace(), new PoolFace(), new MapFace(), new PolicyFace()]);
}
