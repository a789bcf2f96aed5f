using System.Buffers;
using Appliance.Proxy.Edge;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;

namespace Appliance.Fuzz;

/// <summary>
/// The head of a client's request: a refusal stays when more bytes come, a head that is whole is whole at that byte and not before, and
/// the HTTP server behind it, where it takes the head too, sees the same end.
/// </summary>
internal static class RequestTarget
{
    public static void Check(byte[] bytes)
    {
        // The reader skips empty lines before it asks.
        if (bytes.Length == 0 || bytes[0] is (byte)'\r' or (byte)'\n')
            return;
        var whole = RequestHead.Read(bytes);
        for (var end = 1; end <= bytes.Length; end++)
        {
            var begun = RequestHead.Read(bytes.AsSpan(0, end));
            if (begun.Refusal is not null)
            {
                BrokenRuleException.Unless(whole.Refusal is not null, "a refusal stays");
                return;
            }

            if (begun.Length == 0)
                continue;
            BrokenRuleException.Unless(
                whole.Refusal is null
                    && (begun.Length, begun.IsChunked, begun.BodyBytes) == (whole.Length, whole.IsChunked, whole.BodyBytes),
                "what follows a head changes nothing in it"
            );
            BrokenRuleException.Unless(begun.Length == end, "a head is whole at its last byte");
            Beside(bytes.AsSpan(0, end).ToArray());
            return;
        }

        BrokenRuleException.Unless(whole.Refusal is null && whole.Length == 0, "what is not whole is neither refused nor taken");
    }

    private static void Beside(byte[] head)
    {
        var server = new HttpParser<Heard>();
        var reader = new SequenceReader<byte>(new ReadOnlySequence<byte>(head));
        try
        {
            BrokenRuleException.Unless(server.ParseRequestLine(default, ref reader), "the server behind needs no more for the first line");
            BrokenRuleException.Unless(server.ParseHeaders(default, ref reader), "the server behind needs no more for the lines");
            BrokenRuleException.Unless(reader.End, "the server behind sees the same end");
        }
        catch (BadHttpRequestException)
        {
            // It is stricter here; then nothing of it goes on.
        }
    }

    private readonly struct Heard : IHttpRequestLineHandler, IHttpHeadersHandler
    {
        public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine) { }

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) { }

        public void OnHeadersComplete(bool endStream) { }

        public void OnStaticIndexedHeader(int index) { }

        public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) { }
    }
}
