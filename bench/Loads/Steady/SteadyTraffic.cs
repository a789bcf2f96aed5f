using System.Net.Sockets;

namespace Appliance.Bench.Loads.Steady;

/// <summary>What clients do in a round: requests over kept and new connections, WebSockets that open, talk and end in every way.</summary>
internal sealed class SteadyTraffic(int port, SteadyConfig config)
{
    private const int Clients = 8;
    private static readonly byte[] _frame = RawWebSocket.Frame(128);

    /// <summary>Requests and short WebSockets until <paramref name="stop"/>.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Clients).Select(client => RunAsync(client, stop)));

    /// <summary>
    /// That many WebSockets, one after the other on each client: what ended and what was refused is kept up to a number that is reached
    /// soon.
    /// </summary>
    public Task FillAsync(int sockets, CancellationToken stop) =>
        Task.WhenAll(
            Enumerable
                .Range(0, 2 * Clients)
                .Select(async client =>
                {
                    for (var at = 0; at < sockets / (2 * Clients); at++)
                    {
                        await OpenAndEndAsync(config.Host(at + client), at, stop);
                        if (at % 4 == 0)
                            await RefusedAsync(config.Host(at), stop);
                    }
                })
        );

    /// <summary>Each passing route carries a request and two WebSockets, one of which stays until it is asked to leave.</summary>
    public async Task UseAsync(string passing, CancellationToken stop)
    {
        var host = passing + ".example.com";
        await AskAsync("/small", host, stop);
        await OpenAndEndAsync(host, 0, stop);
    }

    /// <summary>An open WebSocket of a passing route.</summary>
    public async Task<RawWebSocket> OpenAsync(string host, CancellationToken stop)
    {
        var socket = new RawWebSocket();
        await socket.OpenAsync(port, stop, host);
        await socket.RoundTripAsync(_frame, stop);
        return socket;
    }

    private async Task RunAsync(int client, CancellationToken stop)
    {
        using var kept = new HttpClient();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(40));
        try
        {
            for (var turn = 0; await pace.WaitForNextTickAsync(stop); turn++)
            {
                var host = config.Host((turn * Clients) + client);
                using var request = new HttpRequestMessage(
                    turn % 20 == 0 ? HttpMethod.Post : HttpMethod.Get,
                    $"http://127.0.0.1:{port}/{(turn % 10 == 0 ? "large" : "small")}"
                );
                request.Headers.Host = turn % 7 == 0 ? "nobody.example.com" : host;
                if (turn % 20 == 0)
                    request.Content = new ByteArrayContent(new byte[64 * 1024]);
                using (await kept.SendAsync(request, stop)) { }

                if (turn % 5 == 0)
                    await AskAsync("/small", host, stop);
                if (turn % 3 == 0)
                    await OpenAndEndAsync(host, turn / 3, stop);
                if (turn % 50 == 0)
                    await RefusedAsync(host, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The round is over.
        }
    }

    // A connection for one request.
    private async Task AskAsync(string path, string host, CancellationToken stop)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}{path}");
        request.Headers.Host = host;
        using var answer = await client.SendAsync(request, stop);
        answer.EnsureSuccessStatusCode();
    }

    // The client hangs up, resets, or closes with a frame.
    private async Task OpenAndEndAsync(string host, int way, CancellationToken stop)
    {
        using var socket = await OpenAsync(host, stop);
        if (way % 3 == 1)
            socket.Reset();
        else if (way % 3 == 2)
            await socket.CloseAsync(stop);
    }

    private async Task RefusedAsync(string host, CancellationToken stop)
    {
        try
        {
            using var socket = new RawWebSocket();
            await socket.OpenAsync(port, stop, host, version: 12);
        }
        catch (Exception refused) when (refused is InvalidOperationException or SocketException or IOException)
        {
            // As it should be.
        }
    }
}
