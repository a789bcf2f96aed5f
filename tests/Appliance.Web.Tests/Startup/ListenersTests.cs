using System.Net;
using System.Net.Sockets;
using Appliance.Web.Startup;

namespace Appliance.Web.Tests.Startup;

/// <summary>One sentence for whoever starts it, with what there is to change.</summary>
public sealed class ListeningTests
{
    [Fact]
    public async Task Start_WithoutAFileLeft_NamesTheLimitAndNotThePort()
    {
        (
            await ReasonAsync(
                new FileNotFoundException("Could not load file or assembly", "System.Threading.Channels, Version=10.0.0.0, Culture=neutral")
            )
        ).ShouldContain("ulimit -n");
        (await ReasonAsync(new SocketException((int)SocketError.TooManyOpenSockets))).ShouldContain("ulimit -n");
    }

    [Fact]
    public async Task Start_PortTaken_NamesThePortAndItsSetting()
    {
        var reason = await ReasonAsync(new IOException("Failed to bind", new SocketException((int)SocketError.AddressAlreadyInUse)));
        reason.ShouldBe("Port 8080 on 127.0.0.1 is in use; stop what listens there, or set APPLIANCE_HTTP_PORT to another port.");
    }

    private static async Task<string> ReasonAsync(Exception thrown) =>
        (
            await Should.ThrowAsync<StartException>(() =>
                Listeners.StartAsync(
                    _ => Task.FromException(thrown),
                    IPAddress.Loopback,
                    8080,
                    "APPLIANCE_BIND",
                    "APPLIANCE_HTTP_PORT",
                    CancellationToken.None
                )
            )
        ).Message;
}
