using Appliance.Data.Revisions;
using Appliance.Web.Faces;
using Microsoft.AspNetCore.Routing;

namespace Appliance.Web.Api;

/// <summary>The API: what it needs, its gate and its endpoints.</summary>
internal static class ApiSetup
{
    /// <summary>Registers it.</summary>
    public static void AddApi(this IServiceCollection services)
    {
        services.AddSingleton<ApiGate>();
        services.AddSingleton<ApiEdits>();
        services.AddSingleton<ConfigEndpoints>();
    }

    /// <summary>Maps it. It answers by the gate alone, which comes before the pages.</summary>
    public static void MapApi(this WebApplication app)
    {
        app.Use(app.Services.GetRequiredService<ApiGate>().GuardAsync);
        var config = app.Services.GetRequiredService<ConfigEndpoints>();
        Map(app, HttpMethods.Get, ApiPaths.Config, config.GetAsync);
        Map(app, HttpMethods.Put, ApiPaths.Config, config.PutAsync);
        var store = app.Services.GetRequiredService<ConfigStore>();
        var edits = app.Services.GetRequiredService<ApiEdits>();
        foreach (var face in app.Services.GetRequiredService<ItemFaces>().All)
        {
            var (items, path) = (new ItemEndpoints(face, store, edits), ApiPaths.Of(face));
            Map(app, HttpMethods.Get, path, items.ListAsync);
            Map(app, HttpMethods.Get, path + "/{name}", items.GetAsync);
            Map(app, HttpMethods.Put, path + "/{name}", items.PutAsync);
            Map(app, HttpMethods.Delete, path + "/{name}", items.DeleteAsync);
            Map(app, HttpMethods.Post, path + "/{name}/rename", items.RenameAsync);
        }
    }

    // Anybody, as far as the pages' sign-in is concerned: it is never asked.
    private static void Map(IEndpointRouteBuilder app, string method, string path, RequestDelegate answer) =>
        app.MapMethods(path, [method], answer).WithMetadata(new ApiMark()).DisableAntiforgery().AllowAnonymous();
}

/// <summary>Where things of the API are.</summary>
internal static class ApiPaths
{
    private const string Version = "/api/v1";

    /// <summary>The whole config.</summary>
    public const string Config = Version + "/config";

    /// <summary>The items of a kind: the word of its pages.</summary>
    public static string Of(ItemFace face) => Version + face.Path;
}
