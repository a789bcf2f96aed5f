using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;
using Appliance.Testing;

namespace Appliance.Web.Tests.Access;

/// <summary>
/// A page's connection by raw protocol (SignalR over a WebSocket, messages in MessagePack): it says what no browser would say.
/// </summary>
internal sealed partial class RawPage : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private const byte Invocation = 1;
    private const byte StreamInvocation = 4;
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _gone = new(TimeSpan.FromMinutes(5));
    private readonly StringBuilder _seen = new();
    private readonly Dictionary<string, TaskCompletionSource<string?>> _asked = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;
    private int _number;

    private RawPage(string home, string cookie) => (Home, Cookie) = (home, cookie);

    public string Home { get; }

    public string Cookie { get; }

    /// <summary>True when the server has closed it.</summary>
    public bool IsClosed => _closed.Task.IsCompleted;

    /// <summary>Everything that came so far, as text.</summary>
    public string Seen
    {
        get
        {
            lock (_seen)
                return _seen.ToString();
        }
    }

    /// <summary>Opens a connection without a circuit. Throws <see cref="WebSocketException"/> when the handshake is refused.</summary>
    public static async Task<RawPage> OpenAsync(int port, string cookie, string? negotiated = null)
    {
        var page = new RawPage($"http://localhost:{port}/", cookie);
        page._socket.Options.SetRequestHeader("Cookie", cookie);
        page._socket.Options.CollectHttpResponseDetails = true;
        using var limit = new CancellationTokenSource(_patience);
        var id = negotiated is null ? "" : "?id=" + Uri.EscapeDataString(negotiated);
        await page._socket.ConnectAsync(new($"ws://localhost:{port}/_blazor{id}"), limit.Token);
        await page._socket.SendAsync(
            Encoding.UTF8.GetBytes("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"),
            WebSocketMessageType.Text,
            true,
            limit.Token
        );
        await page._socket.ReceiveAsync(new byte[256], limit.Token);
        page._reading = page.ReadAsync();
        return page;
    }

    /// <summary>What a page says of its components; a page of before is as good as one of now.</summary>
    public static async Task<string[]> MarkersAsync(int port, string cookie)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://localhost:{port}/")
        {
            Headers = { { "Cookie", cookie }, { "Accept", "text/html" } },
        };
        using var answer = await http.SendAsync(request);
        var markers = Marker().Matches(await answer.Content.ReadAsStringAsync()).Select(match => match.Groups[1].Value).ToArray();
        markers.Length.ShouldBe(2);
        return markers;
    }

    /// <summary>Begins a circuit at that address and draws the page.</summary>
    public async Task DrawAsync(string[] markers, string path)
    {
        (await AskAsync("StartCircuit", Home, Home.TrimEnd('/') + path, "[]", "")).ShouldNotBeNull("the circuit begins");
        await PutAsync(markers);
    }

    /// <summary>Draws the page in the circuit that is there.</summary>
    public async Task PutAsync(string[] markers)
    {
        var operations = string.Join(
            ',',
            markers.Select((marker, index) => $$"""{"type":"add","ssrComponentId":{{index + 1}},"marker":{{marker}}}""")
        );
        await AskAsync("UpdateRootComponents", $$"""{"batchId":1,"operations":[{{operations}}]}""", "");
    }

    /// <summary>Waits until something came. False: the connection was closed before.</summary>
    public async Task<bool> SeesAsync(Func<string, bool> what)
    {
        await Eventually.TrueAsync(() => Task.FromResult(IsClosed || what(Seen)), "it came, or the connection is closed");
        return what(Seen);
    }

    /// <summary>Waits until the server has closed it.</summary>
    public Task ClosedAsync() => _closed.Task.WaitAsync(_patience);

    /// <summary>Calls a method and waits for the answer; throws <see cref="IOException"/> when the connection is closed instead.</summary>
    public Task<string?> AskAsync(string method, params object?[] arguments) => SayAsync(Invocation, method, arguments);

    /// <summary>The same for a method that answers with a stream; its end is the answer.</summary>
    public Task<string?> StreamAsync(string method, params object?[] arguments) => SayAsync(StreamInvocation, method, arguments);

    private async Task<string?> SayAsync(byte kind, string method, object?[] arguments)
    {
        var id = (++_number).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_asked)
            _asked[id] = answer;
        try
        {
            await _socket.SendAsync(Message(kind, id, method, arguments), WebSocketMessageType.Binary, true, _gone.Token);
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or ObjectDisposedException)
        {
            throw new IOException("closed", exception);
        }

        await Task.WhenAny(answer.Task, _closed.Task).WaitAsync(_patience);
        return answer.Task.IsCompleted ? await answer.Task : throw new IOException("closed");
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        await _reading;
        _socket.Dispose();
        _gone.Dispose();
    }

    private static byte[] Message(byte kind, string id, string method, object?[] arguments)
    {
        var body = new MemoryStream();
        body.Write([0x96, kind, 0x80]);
        Write(body, id);
        Write(body, method);
        body.WriteByte((byte)(0x90 + arguments.Length));
        foreach (var argument in arguments)
            Write(body, argument);
        body.WriteByte(0x90);
        var message = new MemoryStream();
        for (var length = (uint)body.Length; ; length >>= 7)
        {
            message.WriteByte((byte)(length < 0x80 ? length : (length & 0x7F) | 0x80));
            if (length < 0x80)
                break;
        }

        body.WriteTo(message);
        return message.ToArray();
    }

    private static void Write(Stream target, object? value)
    {
        switch (value)
        {
            case null:
                target.WriteByte(0xC0);
                break;
            case bool flag:
                target.WriteByte(flag ? (byte)0xC3 : (byte)0xC2);
                break;
            case byte[] bytes:
                WriteLong(target, 0xC6, bytes);
                break;
            case string text:
                WriteLong(target, 0xDB, Encoding.UTF8.GetBytes(text));
                break;
            case long whole:
                target.WriteByte(0xD3);
                var eight = new byte[8];
                BinaryPrimitives.WriteInt64BigEndian(eight, whole);
                target.Write(eight);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(value), value, null);
        }
    }

    private static void WriteLong(Stream target, byte kind, byte[] bytes)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        target.WriteByte(kind);
        target.Write(length);
        target.Write(bytes);
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        var message = new MemoryStream();
        try
        {
            while (true)
            {
                var read = await _socket.ReceiveAsync(buffer, _gone.Token);
                if (read.MessageType == WebSocketMessageType.Close)
                    return;
                message.Write(buffer.AsSpan(0, read.Count));
                if (!read.EndOfMessage)
                    continue;
                Take(message.ToArray());
                message.SetLength(0);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException)
        {
            // Closed, by the one or the other.
        }
        finally
        {
            _closed.TrySetResult();
        }
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int length = 0,
                shift = 0;
            byte part;
            do
            {
                part = bytes[0];
                length |= (part & 0x7F) << shift;
                shift += 7;
                bytes = bytes[1..];
            } while ((part & 0x80) != 0);
            var body = bytes[..length];
            bytes = bytes[length..];
            lock (_seen)
                _seen.Append(Encoding.UTF8.GetString(body));
            if (body[1] == 3)
                Complete(body);
            else if (body[1] == 7)
                _closed.TrySetResult();
        }
    }

    // [3, {}, id, kind, result]: kind 1 is an error, 2 no result, 3 a result.
    private void Complete(ReadOnlySpan<byte> body)
    {
        var id = Text(body[3..], out var rest);
        var kind = rest[0];
        var result =
            kind == 2
                ? ""
                : rest[1] switch
                {
                    0xC0 => null,
                    0xC2 => "false",
                    0xC3 => "true",
                    _ => Text(rest[1..], out _),
                };
        lock (_asked)
            _asked[id].TrySetResult(kind == 1 ? "error: " + result : result);
    }

    private static string Text(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> rest)
    {
        var (head, length) = bytes[0] switch
        {
            0xD9 => (2, bytes[1]),
            0xDA => (3, BinaryPrimitives.ReadUInt16BigEndian(bytes[1..])),
            0xDB => (5, (int)BinaryPrimitives.ReadUInt32BigEndian(bytes[1..])),
            var kind => (1, kind & 0x1F),
        };
        rest = bytes[(head + length)..];
        return Encoding.UTF8.GetString(bytes.Slice(head, length));
    }

    [GeneratedRegex("<!--Blazor:({\"type\":\"server\".*?})-->")]
    private static partial Regex Marker();
}
