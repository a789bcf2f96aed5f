using System.Text;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.Tls;

/// <summary>Clients that renew their keys: as often as is good for anything, and without end.</summary>
public sealed class KeyRenewalTests
{
    // Less than a second's worth at any speed would not be cut.
    private const int Most = 200_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Renewals_WithoutEnd_ConnectionIsCut(bool webSocket)
    {
        await using var server = RawBackEnd.Echo();
        await using var host = await TunnelHost.StartAsync(
            new TunnelPlan
            {
                Servers = [server.Address],
                Relay = RelayChoice.Epoll,
                OverTls = true,
            }
        );

        var renewed = await Task.Run(() =>
        {
            using var client = new RenewingClient(host.Port);
            if (webSocket)
            {
                client.Send(Encoding.Latin1.GetBytes(TunnelHost.Handshake)).ShouldBeTrue();
                client.ReadHead().ShouldStartWith("HTTP/1.1 101 ");
            }

            var count = 0;
            while (count < Most && client.Renew())
                count++;
            return count;
        });

        renewed.ShouldBeLessThan(Most);
        await host.GoneAsync();
        (await host.AskAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\r\n")).ShouldStartWith("HTTP/1.1 418 ");
    }

    [Fact]
    public async Task Renewals_OneAMessage_EveryMessageCrosses()
    {
        var frame = Frames.MaskedText("hello");
        await using var server = RawBackEnd.Echo();
        await using var host = await TunnelHost.StartAsync(
            new TunnelPlan
            {
                Servers = [server.Address],
                Relay = RelayChoice.Epoll,
                OverTls = true,
            }
        );

        await Task.Run(() =>
        {
            using var client = new RenewingClient(host.Port);
            client.Send(Encoding.Latin1.GetBytes(TunnelHost.Handshake)).ShouldBeTrue();
            client.ReadHead().ShouldStartWith("HTTP/1.1 101 ");
            for (var message = 0; message < 300; message++)
            {
                client.Renew().ShouldBeTrue();
                client.Send(frame).ShouldBeTrue();
                client.Read(frame.Length).ShouldBe(frame);
            }
        });
    }
}
