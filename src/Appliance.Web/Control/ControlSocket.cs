using System.Text;
using System.Text.Json;
using Appliance.Data;
using Appliance.Data.Revisions;
using Appliance.Proxy;
using Appliance.Web.Logs;
using Appliance.Web.SignIn;
using Appliance.Web.Sockets;
using Appliance.Web.Startup;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Appliance.Web.Control;

/// <summary>
/// The command line's way into the running process: a Unix socket in a folder that only its owner can enter. Requests that come in another
/// way do not find these paths.
/// </summary>
public static class ControlSocket
{
    /// <summary>Longest path of a Unix socket on Linux, in bytes.</summary>
    private const int MaxPathBytes = 107;

    /// <summary>Where it is for a data folder.</summary>
    public static string PathFor(string dataFolder) => Path.Combine(Path.GetFullPath(dataFolder), "control", "control.sock");

    /// <summary>
    /// Makes the folder and clears the place of the socket. Called under the data folder's lock: a socket that is still there was left by a
    /// killed process. Throws <see cref="StartException"/>.
    /// </summary>
    public static string Prepare(DataFolder folder)
    {
        var path = PathFor(folder.Path);
        if (Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
            throw new StartException(
                $"The path {path} is too long for a Unix socket ({MaxPathBytes} bytes); set APPLIANCE_DATA to a folder with a shorter path."
            );
        try
        {
            var directory = Directory.CreateDirectory(Path.GetDirectoryName(path)!); // it has a folder
            if (!OperatingSystem.IsWindows())
                directory.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            File.Delete(path);
            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                $"The control socket {path} cannot be made ({exception.Message.TrimEnd('.')}); give this user write access to the "
                    + "data folder."
            );
        }
    }

    /// <summary>Adds the socket to a Kestrel, and marks what comes in through it.</summary>
    public static void Listen(KestrelServerOptions kestrel, string path) => kestrel.ListenUnixSocket(path, listen => listen.Use(next =>
                connection =>
                {
                    connection.Features.Set(Caller.Local);
                    return next(connection);
                }
            ));

    /// <summary>True when the request came in through the socket.</summary>
    public static bool IsCaller(HttpContext context) => context.Features.Get<Caller>() is not null;

    /// <summary>Maps the commands. Everyone who does not come through the socket gets 404, whatever the method and the query.</summary>
    public static void Map(WebApplication app, ControlApi api)
    {
        app.Use(
            (context, next) =>
            {
                if (!context.Request.Path.StartsWithSegments("/control") || IsCaller(context))
                    return next(context);
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
        );
        var control = app.MapGroup("/control").AllowAnonymous().DisableAntiforgery();
        control.MapGet("/config", async (CancellationToken cancelled) =>
            Results.Text(await api.ExportAsync(cancelled), "application/json")
        );
        control.MapPost(
            "/config",
            async (HttpRequest request, bool? dryRun, string? author, string? comment, CancellationToken cancelled) =>
            {
                using var body = new MemoryStream();
                await request.Body.CopyToAsync(body, cancelled);
                return await api.ApplyAsync(body.ToArray(), dryRun == true, author ?? "local", comment ?? "", cancelled);
            }
        );
        var restore = app.Services.GetRequiredService<RestoreApi>();
        control.MapPost("/restore", (string? source, string? author, CancellationToken cancelled) => source switch
            {
                "last-good" => restore.LastGoodAsync(author ?? "local", cancelled),
                "database" => restore.DatabaseAsync(author ?? "local", cancelled),
                _ => restore.LookAsync(cancelled),
            });
        control.MapGet("/revisions", (CancellationToken cancelled) => api.RevisionsAsync(cancelled));
        control.MapGet("/diff", (long? from, long? to, CancellationToken cancelled) => api.DiffAsync(from, to, cancelled));
        control.MapPost("/rollback", (long number, bool? dryRun, string? author, string? comment, CancellationToken cancelled) =>
            api.RollbackAsync(number, dryRun == true, author ?? "local", comment ?? "", cancelled)
        );
        RequestEndpoints.Map(
            control,
            app.Services.GetRequiredService<ProxyHost>(),
            app.Services.GetRequiredService<ConfigStore>(),
            app.Services.GetRequiredService<ConnectionControl>()
        );
        ConnectionEndpoints.Map(control, app.Services.GetRequiredService<ConnectionsApi>(), app.Services.GetRequiredService<DrainsApi>());
        var certificates = app.Services.GetRequiredService<CertificatesApi>();
        control.MapGet("/certificates", (double within, CancellationToken cancelled) =>
            certificates.ListAsync(TimeSpan.FromSeconds(within), cancelled)
        );
        var sessions = app.Services.GetRequiredService<SessionsApi>();
        control.MapGet("/sessions", (string? person, CancellationToken cancelled) => sessions.ListAsync(person, cancelled));
        control.MapPost("/sessions/end", (EndSessionsRequest request, CancellationToken cancelled) =>
            sessions.EndAsync(request, cancelled)
        );
        var tokens = app.Services.GetRequiredService<TokensApi>();
        control.MapGet("/tokens", (CancellationToken cancelled) => tokens.ListAsync(cancelled));
        control.MapPost("/tokens", (TokenRequest request, CancellationToken cancelled) => tokens.CreateAsync(request, cancelled));
        control.MapPost("/tokens/revoke", (TokenRevocation request, CancellationToken cancelled) => tokens.RevokeAsync(request, cancelled));
        LogApi.Map(control, app.Services.GetRequiredService<LogControl>());
        AuditEndpoints.Map(control, app.Services.GetRequiredService<AuditApi>());

        // Whole links, because this process alone knows where its console is: whoever types the command may have other settings, or none.
        var settings = app.Services.GetRequiredService<SignInSettings>();
        control.MapPost("/setup-link", async (CancellationToken cancelled) =>
            Results.Text(SetupLink.Of(settings, Listeners.PortOf(app), await api.NewSetupLinkAsync(cancelled)))
        );
        control.MapPost("/sign-in-link", async (string? user, CancellationToken cancelled) =>
            await api.NewSignInLinkAsync(user, cancelled) is { } token
                ? Results.Text(SignInLink.Of(settings, Listeners.PortOf(app), token))
                : Results.NoContent()
        );
    }

    /// <summary>Options that both ends use.</summary>
    public static JsonSerializerOptions Json { get; } =
        new(JsonSerializerDefaults.Web)
        {
            Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        };

    private sealed class Caller
    {
        public static Caller Local { get; } = new();
    }
}
