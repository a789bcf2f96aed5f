using System.Text;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.Http1;

namespace Appliance.Fuzz;

/// <summary>
/// The head of a server's answer: read in one piece and byte by byte it is the same; what is taken can be written and is read the same
/// again; and a stricter parser that takes it reads the same lines.
/// </summary>
internal static class AnswerTarget
{
    public static void Check(byte[] bytes)
    {
        var whole = Read(bytes, step: bytes.Length, known: null);
        var pieces = Read(bytes, step: 1, known: null);
        BrokenRuleException.Unless(whole.Length == pieces.Length, "pieces and whole end alike");
        BrokenRuleException.Unless((whole.Fault is null) == (pieces.Fault is null), "pieces and whole are refused alike");
        if (whole.Head is not { } head)
            return;

        BrokenRuleException.Unless(AreSame(head, pieces.Head!), "pieces and whole have the same lines"); // its length is the same

        // What one connection remembers of its answers changes none of them.
        var known = new KnownLines();
        for (var time = 0; time < 2; time++)
            BrokenRuleException.Unless(AreSame(head, Read(bytes, bytes.Length, known).Head!), "known lines are the lines"); // as above

        // As written by somebody strict.
        var text = new StringBuilder($"HTTP/1.{(head.Http11 ? 1 : 0)} {head.Status} {head.Reason}\r\n");
        foreach (var line in head.Lines.All)
            text.Append(line.Name).Append(": ").Append(line.Value).Append("\r\n");
        var written = Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
        var again = Read(written, written.Length, known: null);
        BrokenRuleException.Unless(again.Length == written.Length && AreSame(head, again.Head!), "what was taken is read again"); // whole

        if (HeadParser.TryParse(bytes.AsSpan(0, whole.Length), out _) is { } strict)
            BrokenRuleException.Unless(strict.All.SequenceEqual(head.Lines.All), "a strict parser reads the same lines");
        var body = Http1Answer.BodyOf(head, isHead: false, out var fault);
        BrokenRuleException.Unless(
            fault is not null || body >= 0 || body is Http1Answer.Chunked or Http1Answer.UntilClose,
            "a body has one end"
        );
        _ = Http1Answer.KeepsAlive(head);
    }

    private static (int Length, string? Fault, UpstreamHead? Head) Read(byte[] bytes, int step, KnownLines? known)
    {
        var reader = new AnswerReader(known);
        for (var end = Math.Min(step, bytes.Length); ; end = Math.Min(end + step, bytes.Length))
        {
            var length = reader.Read(bytes.AsSpan(0, end));
            if (length > 0)
                return (length, null, reader.Head(default));
            if (reader.Fault is not null || end == bytes.Length)
                return (0, reader.Fault, null);
        }
    }

    private static bool AreSame(UpstreamHead one, UpstreamHead other) =>
        (one.Status, one.Reason, one.Http11) == (other.Status, other.Reason, other.Http11) && one.Lines.All.SequenceEqual(other.Lines.All);
}
