using System.Net.Sockets;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets.Relays;

/// <summary>TCP's urgent data: a read stops in front of it, and is no sign that the socket is empty.</summary>
public abstract class TunnelUrgentTests(RelayChoice relay) : OnEitherRelay(relay)
{
    [Fact]
    public async Task UrgentData_FromTheClient_WhatIsBehindItArrives()
    {
        await using var tunnel = await OpenAsync();
        await CrossAsync(tunnel.Client, tunnel.Server);
    }

    [Fact]
    public async Task UrgentData_FromTheServer_WhatIsBehindItArrives()
    {
        await using var tunnel = await OpenAsync();
        await CrossAsync(tunnel.Server, tunnel.Client);
    }

    [Fact]
    public async Task UrgentData_InsideAHandshake_HeadIsReadWhole()
    {
        await using var server = RawBackEnd.Echo();
        await using var host = await HostAsync(server.Address);
        for (var at = 1; at < TunnelHost.Handshake.Length; at += 20)
        {
            await using var client = await host.ConnectAsync();
            await client.SendAsync(TunnelHost.Handshake[..at]);
            client.Socket.Send("!"u8, SocketFlags.OutOfBand);
            await client.SendAsync(TunnelHost.Handshake[at..]);
            (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
            await client.SendAsync("x");
            (await client.ReadAsync(1)).ShouldBe("x"u8.ToArray());
            client.Reset();
            await host.GoneAsync();
        }
    }

    // The urgent byte itself is no part of the stream, as for nginx. Often: what meets what in one read is a matter of moments.
    private static async Task CrossAsync(RawPeer from, RawPeer to)
    {
        for (var round = 0; round < 200; round++)
        {
            from.Socket.Send("ab"u8);
            from.Socket.Send("!"u8, SocketFlags.OutOfBand);
            from.Socket.Send("cdef"u8);
            (await to.ReadAsync(6)).ShouldBe("abcdef"u8.ToArray());
        }
    }
}

public sealed class TunnelUrgentOnStreamsTests() : TunnelUrgentTests(RelayChoice.Stream);

public sealed class TunnelUrgentOnEpollTests() : TunnelUrgentTests(RelayChoice.Epoll);
