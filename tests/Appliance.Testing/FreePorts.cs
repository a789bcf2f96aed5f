using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Appliance.Testing;

/// <summary>Ports for servers that must be told theirs before they start.</summary>
public static class FreePorts
{
    private static readonly string _folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "appliance-ports")).FullName;
    private static readonly List<FileStream> _held = [];

    /// <summary>
    /// A port that nobody listens on and that nobody else who asks here is given while this process runs, whichever suite it asks for.
    /// </summary>
    public static int Next()
    {
        // Out of the kernel's range, of which every client that connects takes one: a free port of it may be somebody's a moment later.
        var range = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var end = int.Parse(range[0], CultureInfo.InvariantCulture) is > 20_000 and var first ? first : 60_000;
        for (var tries = 0; tries < 10_000; tries++)
        {
            var port = Random.Shared.Next(10_000, end);
            if (Hold(port) is not { } held)
                continue;
            if (!IsFree(port))
            {
                held.Dispose();
                continue;
            }

            lock (_held)
                _held.Add(held);
            return port;
        }

        throw new InvalidOperationException("There is no free port.");
    }

    // The lock ends with the process, however it ends.
    private static FileStream? Hold(int port)
    {
        try
        {
            return new(
                Path.Combine(_folder, port.ToString(CultureInfo.InvariantCulture)),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
