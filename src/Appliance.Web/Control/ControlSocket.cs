using System.Net.Sockets;
using System.Text.Json;
using Appliance.Data;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Appliance.Web.Control;

/// <summary>
/// The command line's way into the running process: a Unix socket in a folder that only its owner can enter. Requests that come in another way
/// do not find these paths.
/// </summary>
public static class ControlSocket
{
    /// <summary>Longest path of a Unix socket on Linux, in bytes.</summary>
    private const int MaxPathBytes = 107;

    /// <summary>Where it is for a data folder.</summary>
    public static string PathFor(string dataFolder) => Path.Combine(Path.GetFullPath(dataFolder), "control", "control.sock");

    /// <summary>Adds the socket to a Kestrel. Called under the data folder's lock: a socket that a killed process left is removed.</summary>
    public static void Listen(KestrelServerOptions kestrel, DataFolder folder)
    {
        var path = PathFor(folder.Path);
        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
            throw new DataFolderException($"The path {path} is too long for a Unix socket ({MaxPathBytes} bytes); set APPLIANCE_DATA to a shorter one.", isTaken: false);
        var directory = Path.GetDirectoryName(path)!; // it has a folder
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Delete(path);
        kestrel.ListenUnixSocket(path, listen => listen.Use(next => connection =>
        {
            connection.Features.Set(Caller.Local);
            return next(connection);
        }));
    }

    /// <summary>Maps the commands. Everyone who does not come through the socket gets 404.</summary>
    public static void Map(WebApplication app, ControlApi api)
    {
        var control = app.MapGroup("/control").AddEndpointFilter(async (call, next) =>
            call.HttpContext.Features.Get<Caller>() is null ? Results.NotFound() : await next(call));
        control.MapGet("/config", async (CancellationToken cancelled) => Results.Text(await api.ExportAsync(cancelled), "application/json"));
        control.MapPost("/config", async (HttpRequest request, bool? dryRun, string? author, string? comment, CancellationToken cancelled) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, cancelled);
            return await api.ApplyAsync(body.ToArray(), dryRun == true, author ?? "local", comment ?? "", cancelled);
        });
        control.MapGet("/revisions", (CancellationToken cancelled) => api.RevisionsAsync(cancelled));
        control.MapGet("/connections", () => api.Connections());
    }

    /// <summary>A client for the process that runs on this data folder, or null when none answers.</summary>
    public static async Task<HttpClient?> TryConnectAsync(string dataFolder, CancellationToken cancellationToken)
    {
        var path = PathFor(dataFolder);
        if (!File.Exists(path))
            return null;
        var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancelled) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancelled);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = new("http://localhost/") };
        try
        {
            using var alive = await client.GetAsync("healthz", cancellationToken);
            return client;
        }
        catch (HttpRequestException)
        {
            // A socket file without a process behind it.
            client.Dispose();
            return null;
        }
    }

    /// <summary>Options that both ends use.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        WriteIndented = true,
    };

    private sealed class Caller
    {
        public static Caller Local { get; } = new();
    }
}
