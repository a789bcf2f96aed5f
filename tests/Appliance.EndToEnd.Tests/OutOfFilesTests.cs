using System.Net;
using System.Net.Sockets;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>A process whose limit of open files is reached: it waits, says so with the limit, and goes on when others leave.</summary>
public sealed class OutOfFilesTests
{
    // .NET itself holds more than 300, nearly all of them assemblies.
    private const int Files = 500;

    [Theory]
    [InlineData("epoll")]
    [InlineData("stream")]
    public async Task Clients_MoreThanFiles_WaitAndAreTakenWhenOthersLeave(string relay)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var https = FreePorts.Next();
        await using var product = new ApplianceProcess
        {
            Starts = ["bash", "-c", $"ulimit -n {Files}; exec dotnet \"$@\"", "bash", ApplianceProcess.Program],
            Settings = { ["APPLIANCE_RELAY"] = relay, ["APPLIANCE_HTTPS_PORT"] = $"{https}" },
        };
        await product.StartAsync();
        using var tls = new HttpClient(
            new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null } }
        );
        (await tls.GetAsync($"https://localhost:{https}/")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        // 1. More than there is room for, on both ports.
        var clients = new List<TcpClient>();
        for (var at = 0; at < Files; at++)
        {
            var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, at % 2 == 0 ? product.HttpPort : https);
            clients.Add(client);
        }

        await Eventually.TrueAsync(
            () => Task.FromResult(product.Output.Contains($"which are {Files} (ulimit -n)", StringComparison.Ordinal)),
            "it says that clients wait"
        );
        product.Process.HasExited.ShouldBeFalse();

        // There are files for the console, and for the answer; whether its own call gets in among those who wait is chance.
        var health = await product.RunAsync("healthcheck");
        health.ExitCode.ShouldBeOneOf(0, 1);
        health.Errors.ShouldContain(
            $"Warning: Open files are short: nearly all of the {Files} that this process may have (ulimit -n) are taken, and new "
                + "connections wait."
        );

        // 2. They leave, and others come.
        foreach (var client in clients)
            client.Dispose();
        (await RawHttp.GetAsync(product.HttpPort, "/")).Status.ShouldBe(404);
        using var again = new HttpClient(
            new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null } }
        );
        (await again.GetAsync($"https://localhost:{https}/")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await Eventually.TrueAsync(
            () => Task.FromResult(product.Output.Contains("New connections are taken again", StringComparison.Ordinal)),
            "it says that it goes on"
        );
        await Eventually.TrueAsync(async () => (await product.RunAsync("healthcheck")).ExitCode == 0, "it is ready again");
        product.Output.Split("New connections wait").Length.ShouldBeLessThan(8, "it does not fill the log");
        (await product.TerminateAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(330)]
    public async Task Start_WithTooFewFiles_SaysSoAndHowMany(int files)
    {
        if (!OperatingSystem.IsLinux())
            return;
        await using var product = new ApplianceProcess
        {
            Starts = ["bash", "-c", $"ulimit -n {files}; exec dotnet \"$@\"", "bash", ApplianceProcess.Program],
        };
        var (exit, _, errors) = await product.RunAsync();
        (exit, errors.Trim()).ShouldBe(
            (
                78,
                $"This process may have {files} open files (ulimit -n), and the program alone takes about 350; raise that limit to "
                    + "1024 at least."
            )
        );
    }
}
