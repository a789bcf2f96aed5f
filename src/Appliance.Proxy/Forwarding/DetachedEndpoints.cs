using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// Where YARP maps its endpoints: a builder that routing never sees. YARP keeps its routes, clusters and transforms up to date through it,
/// and ASP.NET's matcher, which would be rebuilt whole at each edit, is never built.
/// </summary>
internal sealed class DetachedEndpoints(IApplicationBuilder app) : IEndpointRouteBuilder
{
    public IServiceProvider ServiceProvider { get; } = app.ApplicationServices;

    public ICollection<EndpointDataSource> DataSources { get; } = [];

    public IApplicationBuilder CreateApplicationBuilder() => app.New();
}
