using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Web.Startup;

/// <summary>Says in one sentence why a host cannot listen, and which setting changes that.</summary>
public static class Listeners
{
    // A process without files finds the next assembly that it wants not to be there; it can hardly be something else, this late.
    private const string NoFiles =
        "No open file is left to this process (ulimit -n), of which the program alone takes about 350; raise that limit to 1024 at least.";

    /// <summary>Runs a host's start. Throws <see cref="StartException"/> when its address cannot be had.</summary>
    public static async Task StartAsync(
        Func<CancellationToken, Task> start,
        IPAddress bind,
        int port,
        string bindSetting,
        string portSetting,
        CancellationToken cancellationToken,
        (int Port, string Setting)? https = null,
        ListenPlace? another = null
    )
    {
        try
        {
            await start(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // Of two listeners, the exception's text says which one it was; for a right that is missing it has no address, but only low
            // ports take one.
            if (
                https is var (httpsPort, httpsSetting)
                && (
                    exception.Message.Contains("https://", StringComparison.Ordinal)
                    || (ErrorOf(exception) == SocketError.AccessDenied && !IsLow(port) && IsLow(httpsPort))
                )
            )
                (port, portSetting) = (httpsPort, httpsSetting);
            if (another is not null && IsAbout(another, exception, bind, port))
                (bind, port, bindSetting, portSetting) = another;
            throw new StartException(Reason(exception, bind, port, bindSetting, portSetting));
        }
    }

    // Only a port that is in use is named by the system.
    private static bool IsAbout(ListenPlace place, Exception exception, IPAddress bind, int port) =>
        ErrorOf(exception) switch
        {
            SocketError.AccessDenied => !IsLow(port) && IsLow(place.Port),
            SocketError.AddressNotAvailable => IsOfThisMachine(bind) && !IsOfThisMachine(place.Bind),
            _ => exception.Message.Contains($":{place.Port}:", StringComparison.Ordinal),
        };

    private static bool IsOfThisMachine(IPAddress address)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool IsLow(int port) => port is > 0 and < 1024;

    private static string Reason(Exception exception, IPAddress bind, int port, string bindSetting, string portSetting) =>
        ErrorOf(exception) switch
        {
            SocketError.AddressAlreadyInUse =>
                $"Port {port} on {bind} is in use; stop what listens there, or set {portSetting} to another port.",
            SocketError.AccessDenied =>
                $"Port {port} on {bind} is not allowed to this user; set {portSetting} to one above 1023, or grant the right to bind "
                    + "low ports.",
            SocketError.AddressNotAvailable =>
                $"{bind} is not an address of this machine; set {bindSetting} to one that is, or to 0.0.0.0 for all.",
            SocketError.TooManyOpenSockets => NoFiles,
            _ when exception is FileNotFoundException { FileName: { } file } && file.Contains(", Version=", StringComparison.Ordinal) =>
                NoFiles,
            _ => $"Port {port} on {bind} cannot be listened on ({exception.Message.TrimEnd('.')}); change {bindSetting} or {portSetting}.",
        };

    // Kestrel wraps the socket's error once or twice, and names a taken port by a type of its own.
    private static SocketError? ErrorOf(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException socket)
                return socket.SocketErrorCode;
            if (cause is Microsoft.AspNetCore.Connections.AddressInUseException)
                return SocketError.AddressAlreadyInUse;
        }

        return null;
    }

    /// <summary>An address as people type it into a browser on this machine.</summary>
    public static string Shown(IPAddress bind)
    {
        if (bind.Equals(IPAddress.Any) || bind.Equals(IPAddress.IPv6Any) || IPAddress.IsLoopback(bind))
            return "localhost";
        return bind.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{bind}]" : bind.ToString();
    }

    /// <summary>The port that a host listens on for plain http, or for https; of several, the one at that place.</summary>
    public static int PortOf(WebApplication host, string scheme = "http", int at = 0) =>
        host
            .Services.GetRequiredService<IServer>()
            .Features.GetRequiredFeature<IServerAddressesFeature>()
            .Addresses.Where(address =>
                address.StartsWith(scheme + "://", StringComparison.Ordinal) && !address.Contains("unix:", StringComparison.Ordinal)
            )
            .Select(address => BindingAddress.Parse(address).Port)
            .ElementAt(at);
}

/// <summary>A further place where a host listens for plain http.</summary>
/// <param name="Bind">The address.</param>
/// <param name="Port">The port.</param>
/// <param name="BindSetting">The setting of the address.</param>
/// <param name="PortSetting">The setting of the port.</param>
public sealed record ListenPlace(IPAddress Bind, int Port, string BindSetting, string PortSetting);
