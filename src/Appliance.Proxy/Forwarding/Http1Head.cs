using System.Buffers;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Forwarding;

/// <summary>How a request's body goes to a server of HTTP/1.1.</summary>
internal enum BodyFraming
{
    /// <summary>The request has no body.</summary>
    None,

    /// <summary>As many bytes as Content-Length says.</summary>
    Length,

    /// <summary>In chunks.</summary>
    Chunked,
}

/// <summary>
/// The head of a request as it goes to a server of HTTP/1.1: the client's lines in its order and letters, without those that belong to its
/// connection, then what the route adds. Hot path: no allocation for the usual request but the strings that rules make.
/// </summary>
internal static class Http1Head
{
    private static readonly SearchValues<char> _methodChars = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    );

    [ThreadStatic]
    private static HeaderLines? _lines;

    /// <summary>
    /// The lines to send. They are the thread's own: to be written before anything is waited for. Framing is not among them.
    /// </summary>
    public static HeaderLines Lines(HttpContext context, ProxyExchange exchange)
    {
        var lines = _lines ??= new();
        lines.Clear();

        // 1. What the client wrote, without what belongs to its connection (RFC 9110, 7.6.1). Its wait for a 100 is over when its body is
        // read, which is here; a server need not know the word (RFC 9110, 10.1.1).
        ClientLines.Read(context, lines);
        lines.RemoveHopByHop(exchange.Facts.Nominated);

        // 2. Every request of HTTP/1.1 has a Host (RFC 9112, 3.2): that of the server, when the client has said none.
        if (lines.First("Host") is not { Length: > 0 })
            lines.Set("Host", exchange.Server!.Uri.Authority); // a try has a server

        // 3. Forwarded headers, then the operator's rules: a rule has the last word.
        if (exchange.Action.ForwardedHeaders)
            ForwardedHeaders.Apply(exchange.Facts, lines);
        if (exchange.Facts.Answer?.Trace is { } trace)
            lines.Set("traceparent", trace.Header);
        exchange.Route.RequestHeaders.Apply(exchange.Facts, lines);
        return lines;
    }

    /// <summary>Why these lines cannot be sent, as a sentence; null when they can.</summary>
    public static string? Fault(string method, HeaderLines lines)
    {
        if (method.Length == 0 || method.AsSpan().ContainsAnyExcept(_methodChars))
            return "The method cannot be written.";
        var host = lines.First("Host");
        return host is null || !HostHeader.CanGoOn(host) ? "A rule makes a Host that cannot be sent." : null;
    }

    /// <summary>
    /// The head as bytes, in a rented buffer with at least <paramref name="behind"/> bytes of room behind it. One char of every line is one
    /// byte. A body of <paramref name="bodyBytes"/> is announced by exactly one length, or by chunks.
    /// </summary>
    public static (byte[] Buffer, int Length) Write(
        string method,
        string target,
        HeaderLines lines,
        BodyFraming framing,
        long bodyBytes,
        int behind
    )
    {
        // 1. The room that it takes: a char of a line is one byte, or up to four where it is none.
        var written = WritableTarget.Of(target);
        var room = method.Length + written.Length + 96 + behind;
        foreach (var line in lines.All)
            room += line.Name.Length + (line.Value.Length * 4) + 4;
        var buffer = ArrayPool<byte>.Shared.Rent(room);

        // 2. The request line, and the lines.
        var head = new HeadWriter(buffer);
        head.Write(method);
        head.Write(" "u8);
        head.Write(written);
        head.Write(" HTTP/1.1\r\n"u8);
        var hasLength = false;
        foreach (var line in lines.All)
        {
            // How long a body is, the framing says, once; a length without a body is the client's own word.
            if (line.Is("Content-Length") && framing != BodyFraming.None)
            {
                if (framing == BodyFraming.Chunked || hasLength)
                    continue;
                hasLength = true;
                head.Write(line.Name);
                head.WriteLength(bodyBytes);
                continue;
            }

            head.Write(line.Name);
            head.Write(": "u8);
            head.Write(HeaderText.OneLine(line.Value));
            head.Write("\r\n"u8);
        }

        if (framing == BodyFraming.Length && !hasLength)
        {
            head.Write("Content-Length"u8);
            head.WriteLength(bodyBytes);
        }

        head.Write(framing == BodyFraming.Chunked ? "Transfer-Encoding: chunked\r\n\r\n"u8 : "\r\n"u8);
        return (buffer, head.Length);
    }

    private ref struct HeadWriter(byte[] buffer)
    {
        public int Length { get; private set; }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(buffer.AsSpan(Length));
            Length += bytes.Length;
        }

        public void WriteLength(long bytes)
        {
            Write(": "u8);
            bytes.TryFormat(buffer.AsSpan(Length), out var digits, default, System.Globalization.CultureInfo.InvariantCulture);
            Length += digits;
            Write("\r\n"u8);
        }

        public void Write(string text) => Length += System.Text.Encoding.Latin1.GetBytes(text, buffer.AsSpan(Length));
    }
}
