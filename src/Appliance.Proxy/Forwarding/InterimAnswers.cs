using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// Hands a server's interim answers (102, 103 and others; RFC 9110, 15.2) on to the client, in front of the answer. The HTTP server under
/// us has no way for them, so they go past it, between two of its messages.
/// </summary>
/// <param name="cookies">The cookies of the console, which no server sets.</param>
internal sealed class InterimAnswers(ConsoleCookies cookies)
{
    // RFC 8297; the framework has no word for it.
    private const int EarlyHints = 103;

    /// <summary>
    /// True for an answer that the client is to have. 100 is not: the client's own wait is ended here, when its body is read. HTTP/1.0 has
    /// no interim answers.
    /// </summary>
    /// <param name="head">What the server sent.</param>
    /// <param name="context">The client's request.</param>
    /// <param name="isBodyAsked">
    /// The client's body has begun to come, or the request has no body: nothing else is written to the client now.
    /// </param>
    public static bool AreFor(UpstreamHead head, HttpContext context, bool isBodyAsked) =>
        head.Status is > StatusCodes.Status101SwitchingProtocols and < StatusCodes.Status200OK
        && (HttpProtocol.IsHttp2(context.Request.Protocol) || (HttpProtocol.IsHttp11(context.Request.Protocol) && isBodyAsked));

    /// <summary>Writes it; completes when the client's connection has taken it.</summary>
    /// <param name="head">What the server sent.</param>
    /// <param name="context">The client's request.</param>
    /// <param name="gone">The client went away.</param>
    public async ValueTask SendAsync(UpstreamHead head, HttpContext context, CancellationToken gone)
    {
        if (context.Features.Get<Http2Output>() is { } http2)
        {
            if (context.Features.Get<IHttp2StreamIdFeature>() is { } stream)
                await http2.SendAsync(stream.StreamId, Block(head), gone);
            return;
        }

        if (context.Features.Get<IConnectionTransportFeature>() is not { Transport.Output: { } output })
            return;
        Write(head, output);
        await output.FlushAsync(CancellationToken.None);
    }

    private ReadOnlyMemory<byte> Block(UpstreamHead head)
    {
        var block = new ArrayBufferWriter<byte>();
        Hpack.WriteStatus(block, head.Status);
        foreach (var line in Lines(head))
            Hpack.WriteField(block, line.Name, HeaderText.OneLine(line.Value));
        return block.WrittenMemory;
    }

    private void Write(UpstreamHead head, PipeWriter output)
    {
        var reason = Ascii.IsValid(head.Reason) ? HeaderText.OneLine(head.Reason) : "";
        if (reason.Length == 0)
            reason = head.Status == EarlyHints ? "Early Hints" : ReasonPhrases.GetReasonPhrase(head.Status);
        var text = new StringBuilder($"HTTP/1.1 {head.Status} {reason}\r\n");
        foreach (var line in Lines(head))
            text.Append(line.Name).Append(": ").Append(HeaderText.OneLine(line.Value)).Append("\r\n");
        text.Append("\r\n");
        output.Write(Encoding.Latin1.GetBytes(text.ToString()));
    }

    // Interim answers have no body, and nothing that speaks of one goes on.
    private IEnumerable<HeaderLine> Lines(UpstreamHead head)
    {
        var nominated = HopByHop.Nominated(head.Lines.Values("Connection"));
        foreach (var line in head.Lines.All)
        {
            if (
                !HopByHop.Is(line.Name)
                && !line.Is("Alt-Svc")
                && !line.Is("Content-Length")
                && nominated?.Contains(line.Name) != true
                && !(line.Is("Set-Cookie") && cookies.IsOurs(line.Value))
            )
                yield return line;
        }
    }
}
