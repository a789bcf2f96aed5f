using Appliance.Proxy.Http1;

namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>How the end of an answer's body is found (RFC 9112, 6.3).</summary>
internal abstract record AnswerBody
{
    private AnswerBody() { }

    /// <summary>From the answer's head, or null when it cannot be told: an unknown transfer coding, contradicting lengths.</summary>
    public static AnswerBody? Of(UpstreamHead head)
    {
        // A 205 has no body, too (RFC 9110, 15.3.6); what a server sends behind these is not passed on.
        if (head.Status is 204 or 205 or 304)
            return new Sized(0);
        if (head.Lines.Values("Transfer-Encoding") is { Length: > 0 } codings)
            return codings.Length == 1 && codings[0].Equals("chunked", StringComparison.OrdinalIgnoreCase) && head.Http11
                ? new Chunked()
                : null;

        if (!AnswerLength.TryRead(head, out var length))
            return null;
        return length is { } known ? new Sized(known) : new UntilClose();
    }

    /// <summary>A body of a known length, in bytes.</summary>
    public sealed record Sized(long Length) : AnswerBody;

    /// <summary>A body in chunks (RFC 9112, 7.1).</summary>
    public sealed record Chunked : AnswerBody;

    /// <summary>Everything until the server closes.</summary>
    public sealed record UntilClose : AnswerBody;
}
