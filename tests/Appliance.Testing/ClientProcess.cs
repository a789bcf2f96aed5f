using System.Diagnostics;

namespace Appliance.Testing;

/// <summary>A WebSocket client that nobody here wrote, as a child process.</summary>
public sealed class ClientProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly SaidLines _said;

    private ClientProcess(Process process) => (_process, _said) = (process, new(process));

    /// <summary>npm's ws; returns once it is open. <paramref name="authority"/>: a PEM file of what it trusts besides the usual.</summary>
    public static Task<ClientProcess> NodeAsync(string url, string? authority = null) => StartAsync("node", "ws-client.js", url, authority);

    /// <summary>python3-websockets; returns once it is open.</summary>
    public static Task<ClientProcess> PythonAsync(string url) => StartAsync("/usr/bin/python3", "websockets-client.py", url);

    /// <summary>Sends a text message.</summary>
    public async Task SendAsync(string text)
    {
        await _process.StandardInput.WriteLineAsync(text);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits for a message.</summary>
    public Task HearAsync(string text) => _said.WaitForAsync(line => line == $"message {text}", $"it hears {text}");

    /// <summary>How it ended: <c>close 1001 reason</c>.</summary>
    public Task<string> EndAsync() => _said.WaitForAsync(line => line.StartsWith("close ", StringComparison.Ordinal), "it is over");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<ClientProcess> StartAsync(string program, string script, string url, string? authority = null)
    {
        var start = new ProcessStartInfo(program, [script, url])
        {
            WorkingDirectory = Path.Combine(Repository.Root, "tests", "backends"),
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        if (authority is not null)
            start.Environment["NODE_EXTRA_CA_CERTS"] = authority;
        var client = new ClientProcess(
            Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start; run ./dev test, which installs it.")
        );
        await client._said.WaitForAsync(line => line == "open", "it is open");
        return client;
    }
}
