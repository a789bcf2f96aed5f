using System.Text;
using Appliance.Data.Certificates;
using Appliance.Proxy;
using Microsoft.AspNetCore.Routing;

namespace Appliance.Web.Certificates;

/// <summary>The public part of a certificate as a file: what every client gets in a handshake anyway.</summary>
internal static class ChainEndpoint
{
    private const string PemType = "application/x-pem-file";

    /// <summary>Maps it; for everybody who is signed in.</summary>
    public static void MapCertificateChains(this IEndpointRouteBuilder app)
    {
        app.MapGet("/certificates/{id:guid}/chain.pem", async (Guid id, CertificateStore store, CancellationToken cancellationToken) =>
                await store.FindAsync(id, cancellationToken) is { Pem: { } pem } row ? Answer(pem, row.Name) : Results.NotFound()
            )
            .RequireAuthorization();
        app.MapGet("/certificates/files/{file}/chain.pem", (string file, ProxyHost proxy) =>
                proxy.Certificates.Choice.All.FirstOrDefault(certificate => certificate.File.Length > 0 && certificate.File == file)
                    is { } served
                    ? Answer(served.ToPem(), served.Name)
                    : Results.NotFound()
            )
            .RequireAuthorization();
    }

    private static IResult Answer(string pem, string name) => Results.File(Encoding.ASCII.GetBytes(pem), PemType, $"{name}.pem");
}
