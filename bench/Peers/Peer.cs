using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Appliance.Bench.Peers;

/// <summary>A proxy under measurement: a child process that listens on loopback and forwards to the back end.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private Peer(string name, Process process, int port, int securePort, DirectoryInfo folder, long started) =>
        (Name, _process, Port, SecurePort, _folder, Started) = (name, process, port, securePort, folder, started);

    public string Name { get; }

    public int Port { get; }

    /// <summary>Its port for TLS; 0 when it has none.</summary>
    public int SecurePort { get; }

    /// <summary>When its process was started, as <see cref="Stopwatch.GetTimestamp"/> says it.</summary>
    public long Started { get; }

    public int Pid => _process.Id;

    /// <summary>Where it keeps its files.</summary>
    public string Folder => _folder.FullName;

    /// <summary>Starts a process and waits until its port accepts.</summary>
    public static async Task<Peer> StartAsync(
        string name,
        int port,
        Func<DirectoryInfo, ProcessStartInfo> command,
        CancellationToken cancellationToken,
        int securePort = 0
    )
    {
        var folder = Directory.CreateTempSubdirectory("bench-");
        var start = command(folder);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var started = Stopwatch.GetTimestamp();
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start.");
        var output = new System.Text.StringBuilder();
        process.OutputDataReceived += (_, line) =>
        {
            lock (output)
                output.AppendLine(line.Data);
        };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (output)
                output.AppendLine(line.Data);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await AcceptsAsync(port, limit.Token) || (securePort != 0 && !await AcceptsAsync(securePort, limit.Token)))
        {
            if (process.HasExited)
                throw new InvalidOperationException($"{name} ended at once:\n{output}");
            await Task.Delay(2, limit.Token);
        }

        return new(name, process, port, securePort, folder, started);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Waits until the process ends automatically.</summary>
    public async Task<int> ExitCodeAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task<bool> AcceptsAsync(int port, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
