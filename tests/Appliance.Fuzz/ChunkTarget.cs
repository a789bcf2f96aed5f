using Appliance.Proxy.Edge;
using Appliance.Proxy.Http1;

namespace Appliance.Fuzz;

/// <summary>
/// A chunked body: in one piece and byte by byte it has the same data and the same end, and the parser of clients' bodies, where it takes
/// the bytes too, sees the same end.
/// </summary>
internal static class ChunkTarget
{
    public static void Check(byte[] bytes)
    {
        var whole = Read(bytes, bytes.Length);
        var pieces = Read(bytes, 1);
        BrokenRuleException.Unless((whole.End < 0) == (pieces.End < 0), "pieces and whole are refused alike");
        if (whole.End < 0)
            return;
        BrokenRuleException.Unless(whole.End == pieces.End && whole.IsDone == pieces.IsDone, "pieces and whole end alike");
        BrokenRuleException.Unless(whole.Data.AsSpan().SequenceEqual(pieces.Data), "pieces and whole have the same data");
        BrokenRuleException.Unless((whole.Trailers ?? []).SequenceEqual(pieces.Trailers ?? []), "pieces and whole have the same trailers");

        var framing = default(ChunkedFraming);
        var end = framing.Take(bytes);
        if (whole.IsDone && framing.IsDone)
            BrokenRuleException.Unless(end == whole.End, "both parsers see the same end");
        if (whole.IsDone)
            BrokenRuleException.Unless(framing.IsDone || framing.IsBroken, "neither parser waits for more than the other");
    }

    private static (int End, bool IsDone, byte[] Data, IReadOnlyList<HeaderLine>? Trailers) Read(byte[] bytes, int step)
    {
        var reader = default(ChunkReader);
        var data = new List<byte>();
        var at = 0;
        while (at < bytes.Length && !reader.Done)
        {
            var piece = bytes.AsSpan(at, Math.Min(step, bytes.Length - at));
            while (!piece.IsEmpty && !reader.Done)
            {
                var taken = reader.Next(piece, out var range);
                if (taken < 0)
                    return (-1, false, [], null);
                data.AddRange(piece[range]);
                piece = piece[taken..];
                at += taken;
            }
        }

        return (at, reader.Done, [.. data], reader.Trailers?.All);
    }
}
