using Appliance.Data.Rights;

namespace Appliance.Web.Api;

/// <summary>The program that sends a request of the API: the gate has found its token, and notes it here.</summary>
/// <param name="Actor">With the rights of the moment in which the token was looked up.</param>
internal sealed record ApiCaller(Actor Actor)
{
    /// <summary>Of a request that came through the gate.</summary>
    public static Actor Of(HttpContext context) =>
        (context.Features.Get<ApiCaller>() ?? throw new InvalidOperationException("The gate has let nobody in.")).Actor;
}
