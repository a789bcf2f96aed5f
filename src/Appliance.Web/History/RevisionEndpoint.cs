using System.Text;
using Appliance.Data.Revisions;
using Appliance.Proxy.Config;
using Microsoft.AspNetCore.Routing;

namespace Appliance.Web.History;

/// <summary>
/// The config of a revision as a file, as <c>appliance export</c> writes it: what the revision's page shows to everybody who is signed in.
/// </summary>
internal static class RevisionEndpoint
{
    /// <summary>The address of the revision's file.</summary>
    public static string PathOf(long number) => $"/history/{number}/export";

    /// <summary>Maps it; for everybody who is signed in.</summary>
    public static void MapRevisions(this IEndpointRouteBuilder app) =>
        app.MapGet("/history/{number:long}/export", async (long number, ConfigStore store, CancellationToken cancellationToken) =>
                number >= 1 && await store.ReadAsync(number, cancellationToken) is { } revision
                    ? Results.File(
                        Encoding.UTF8.GetBytes(new ConfigDocument(revision.Number, revision.Config).ToJson()),
                        "application/json",
                        $"appliance-revision-{revision.Number}.json"
                    )
                    : Results.NotFound()
            )
            .RequireAuthorization();
}
