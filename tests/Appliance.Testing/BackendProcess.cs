using System.Diagnostics;

namespace Appliance.Testing;

/// <summary>A back end that nobody here wrote, as a child process that prints its port.</summary>
public sealed class BackendProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly SaidLines _said;

    private BackendProcess(Process process, SaidLines said, int port)
    {
        (_process, _said) = (process, said);
        Port = port;
    }

    /// <summary>Its port on loopback.</summary>
    public int Port { get; }

    /// <summary><c>http://127.0.0.1:port</c>.</summary>
    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>The echo by npm's ws.</summary>
    public static Task<BackendProcess> NodeAsync() => StartAsync("node", "ws-echo.js");

    /// <summary>The echo by python3-websockets, which is Debian's and so belongs to Debian's interpreter.</summary>
    public static Task<BackendProcess> PythonAsync() => StartAsync("/usr/bin/python3", "websockets-echo.py");

    /// <summary>
    /// A certified OpenID Connect provider, npm's oidc-provider, that knows the console at that address. Port 0 takes a free one.
    /// </summary>
    public static Task<BackendProcess> OidcProviderAsync(string consoleUrl, int port = 0) =>
        StartAsync("node", "oidc-provider.js", port.ToString(), consoleUrl);

    /// <summary>How the connections to it ended, as far as they have: <c>close 1001 reason</c>.</summary>
    public IReadOnlyList<string> Ends => [.. _said.All.Skip(1)];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }

    /// <summary>Ends it, as a crash would.</summary>
    public async Task StopAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    private static async Task<BackendProcess> StartAsync(string program, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, [script, .. arguments])
        {
            WorkingDirectory = Path.Combine(Repository.Root, "tests", "backends"),
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)
            ?? throw new InvalidOperationException($"{program} did not start; run ./dev test, which installs it.");
        var said = new SaidLines(process);
        return new(
            process,
            said,
            int.Parse(await said.WaitForAsync(_ => true, $"{script} prints its port; run ./dev test, which installs what it needs"))
        );
    }
}
