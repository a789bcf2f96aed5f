using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Appliance.Testing;

/// <summary>The product as people run it: a child process with its own data folder and free ports.</summary>
public sealed class ApplianceProcess : IAsyncDisposable
{
    private static readonly string _configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal)
        ? "Release"
        : "Debug";
    private readonly StringBuilder _said = new();
    private Process? _process;

    /// <summary>A folder for a product that is not started yet.</summary>
    public ApplianceProcess()
    {
        Folder = Directory.CreateTempSubdirectory("appliance-").FullName;
        HttpPort = FreePorts.Next();
        ConsolePort = FreePorts.Next();
    }

    /// <summary>Where it keeps everything.</summary>
    public string Folder { get; }

    /// <summary>The data folder.</summary>
    public string Data => Path.Combine(Folder, "data");

    /// <summary>Port of the proxy.</summary>
    public int HttpPort { get; }

    /// <summary>Port of the console.</summary>
    public int ConsolePort { get; }

    /// <summary>
    /// The product; whatever runs it runs this: what <c>./dev test</c> compiled ahead and named in this variable, else what was built.
    /// </summary>
    public static string Program { get; } =
        Environment.GetEnvironmentVariable("PRODUCT_UNDER_TEST")
        ?? Path.Combine(Repository.Root, "src", "Appliance.Web", "bin", _configuration, "net10.0", "Appliance.Web.dll");

    /// <summary>What is started before the arguments of a command: dotnet with the built product.</summary>
    public IReadOnlyList<string> Starts { get; init; } = ["dotnet", Program];

    /// <summary>More settings, by their variables.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    /// <summary>Its process.</summary>
    public Process Process => _process ?? throw new InvalidOperationException("Not started.");

    /// <summary>Everything it printed.</summary>
    public string Output
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public async Task StartAsync(params string[] arguments)
    {
        _process = Launch(arguments);
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var client = new HttpClient();
        await Eventually.TrueAsync(
            async () =>
            {
                if (_process.HasExited)
                    throw new InvalidOperationException($"It ended with {_process.ExitCode}:\n{Output}");
                try
                {
                    return (await client.GetAsync($"http://127.0.0.1:{ConsolePort}/readyz")).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "it is ready",
            TimeSpan.FromSeconds(90)
        );
    }

    /// <summary>Starts it with an output that nobody reads; returns its process, which this object ends.</summary>
    public Process StartUnread(params string[] arguments) => _process = Launch(arguments);

    /// <summary>Runs a command on the same data folder and waits for its end.</summary>
    public Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) =>
        RunAsync([.. Starts, .. arguments], new Dictionary<string, string>());

    /// <summary>Runs another program in its folder, with its settings and more variables, and waits for its end.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        IReadOnlyList<string> program,
        IReadOnlyDictionary<string, string> variables,
        TimeSpan? patience = null
    )
    {
        using var command = Launch(program, variables);
        var output = command.StandardOutput.ReadToEndAsync();
        var errors = command.StandardError.ReadToEndAsync();
        await command.WaitForExitAsync().WaitAsync(patience ?? TimeSpan.FromSeconds(90));
        return (command.ExitCode, await output, await errors);
    }

    /// <summary>Applies a document.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> ApplyAsync(string document, params string[] options)
    {
        var file = Path.Combine(Folder, "config.json");
        await File.WriteAllTextAsync(file, document);

        // For whoever the product runs as: a test that opened a data folder in this process has made new files private.
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return await RunAsync(["apply", file, .. options]);
    }

    /// <summary>A client of the control socket: what the command line uses, without a new process for each call.</summary>
    public HttpClient Control() =>
        new(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancelled) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(Data, "control", "control.sock")), cancelled);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        )
        {
            BaseAddress = new("http://localhost/"),
        };

    /// <summary>A signal, by its name without SIG.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", Process.Id.ToString()]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits until the proxy's port accepts nobody: it has heard that it shall stop.</summary>
    public Task RefusesAsync() =>
        Eventually.TrueAsync(
            async () =>
            {
                using var client = new TcpClient();
                try
                {
                    await client.ConnectAsync(IPAddress.Loopback, HttpPort);
                    return false;
                }
                catch (SocketException)
                {
                    return true;
                }
            },
            "it accepts nobody any more"
        );

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        await Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return Process.ExitCode;
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync();
        Process.Dispose();
        _process = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private Process Launch(string[] arguments) => Launch([.. Starts, .. arguments], new Dictionary<string, string>());

    private Process Launch(IReadOnlyList<string> program, IReadOnlyDictionary<string, string> variables)
    {
        var start = new ProcessStartInfo(program[0], program.Skip(1))
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["APPLIANCE_HTTP_PORT"] = HttpPort.ToString();
        start.Environment["APPLIANCE_CONSOLE_PORT"] = ConsolePort.ToString();
        start.Environment["APPLIANCE_BIND"] = "127.0.0.1";
        start.Environment["APPLIANCE_HTTPS_PORT"] = "off"; // unless its test says otherwise
        foreach (var (name, value) in Settings.Concat(variables))
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"{program[0]} did not start.");
    }

    private void Keep(string? line)
    {
        lock (_said)
            _said.AppendLine(line);
    }
}
