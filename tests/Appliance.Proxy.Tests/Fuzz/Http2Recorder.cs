using System.Net;
using System.Net.Sockets;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>
/// A server that speaks HTTP/2 without TLS and records what it is sent; extended CONNECTs are accepted and closed when the client closes.
/// </summary>
internal sealed class Http2Recorder : IAsyncDisposable
{
    private const short ConnectProtocol = 8;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Records _records;
    private readonly Task _accepting;

    public Http2Recorder(Records records)
    {
        _records = records;
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    public string Address => $"h2c://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
            _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
    }

    private async Task ServeAsync(Socket socket)
    {
        var open = new Dictionary<int, (Recorded Request, bool IsTunnel)>();
        try
        {
            socket.NoDelay = true;
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            var preface = new byte[Http2Wire.Preface.Length];
            await stream.ReadExactlyAsync(preface, _stop.Token);
            var wire = new Http2Wire(stream);
            await wire.SettingsAsync(_stop.Token, (ConnectProtocol, 1));
            while (await wire.ReadAsync(_stop.Token) is { } frame)
            {
                switch (frame.Type)
                {
                    case Http2Wire.Headers when !open.ContainsKey(frame.Id):
                        var (request, isTunnel) = Read(Hpack.Decode(frame.Payload));
                        open[frame.Id] = (request, isTunnel);
                        if (isTunnel)
                            await AnswerAsync(wire, frame.Id, request, endStream: false);
                        break;
                    case Http2Wire.Data when open.TryGetValue(frame.Id, out var one) && !one.IsTunnel:
                        open[frame.Id] = one with { Request = one.Request with { Body = one.Request.Body + Octets.Text(frame.Payload) } };
                        break;
                    case Http2Wire.Data when frame.Payload is [0x88, ..]:
                        await wire.WriteAsync(Http2Wire.Data, Http2Wire.EndStream, frame.Id, [0x88, 0], _stop.Token);
                        open.Remove(frame.Id);
                        break;
                    case Http2Wire.Reset when open.Remove(frame.Id, out var cut) && !cut.IsTunnel:
                        _records.Add(cut.Request with { IsComplete = false });
                        break;
                }

                if (frame.IsLast && open.Remove(frame.Id, out var whole) && !whole.IsTunnel)
                    await AnswerAsync(wire, frame.Id, whole.Request, endStream: true);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy closed, or the test is over.
        }

        foreach (var (request, isTunnel) in open.Values.Where(one => !one.IsTunnel))
            _records.Add(request with { IsComplete = false });
    }

    private async Task AnswerAsync(Http2Wire wire, int id, Recorded request, bool endStream)
    {
        _records.Add(request);
        var mark = request.Values("x-mark").FirstOrDefault() ?? "no mark";
        var head = Hpack.Encode([(":status", "200"), ("x-mark", mark)]);
        await wire.WriteAsync(Http2Wire.Headers, Http2Wire.EndHeaders, id, head, _stop.Token);
        if (endStream)
            await wire.WriteAsync(Http2Wire.Data, Http2Wire.EndStream, id, Octets.Of(mark), _stop.Token);
    }

    private static (Recorded Request, bool IsTunnel) Read(List<(string Name, string Value)> block)
    {
        string Pseudo(string name) => block.FirstOrDefault(line => line.Name == name).Value ?? "";
        var isTunnel = Pseudo(":protocol") == "websocket";
        var fault = block.FirstOrDefault(IsFaulty);
        List<(string Name, string Value)> lines =
        [
            ("host", Pseudo(":authority")),
            .. block.Where(line => !line.Name.StartsWith(':') && line.Name != "cookie"),
        ];
        if (block.Any(line => line.Name == "cookie"))
            lines.Add(("cookie", string.Join("; ", block.Where(line => line.Name == "cookie").Select(line => line.Value))));
        var said = Pseudo(":path").Any(one => one <= ' ' || one == '\x7f') ? $"the target {Octets.Literal(Pseudo(":path"))}" : null;
        said ??= fault.Name is null ? null : $"the line {Octets.Literal($"{fault.Name}: {fault.Value}")}";
        var raw = string.Join("\n", block.Select(line => $"{line.Name}: {line.Value}"));
        return (new(isTunnel ? "GET" : Pseudo(":method"), Pseudo(":path"), lines, "", true, said, raw), isTunnel);
    }

    // RFC 9113, 8.2.1.
    private static bool IsFaulty((string Name, string Value) line)
    {
        if (line.Value == Hpack.Huffman || Octets.HasAny(line.Value, "\r\n\0") || line.Value.Trim(' ', '\t') != line.Value)
            return true;
        return !line.Name.StartsWith(':') && (!line.Name.All(Octets.IsToken) || line.Name.Any(char.IsAsciiLetterUpper));
    }
}
