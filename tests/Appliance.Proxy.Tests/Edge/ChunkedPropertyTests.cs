using System.Text;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Http1;
using CsCheck;

namespace Appliance.Proxy.Tests.Edge;

/// <summary>Chunked bodies: the framing of requests and the reader of answers against a plain encoder, and against each other.</summary>
public sealed class ChunkedPropertyTests
{
    private static readonly Gen<Body> _bodies = Gen.Select(
        Gen.Select(
            Gen.OneOf(Gen.Byte.Array[1, 20], Gen.Byte.Array[1, 300]),
            Gen.OneOf("x", "X", "x6", "X4"),
            Gen.OneOf("", ";a", ";a=\"b c\"", ";é")
        ).Array[0, 5],
        Gen.OneOf("0", "000"),
        Gen.OneOf("", "A: b\r\n", "A: b\r\nCde:\t1\r\n"),
        (chunks, end, trailers) =>
            new Body(
                [.. chunks.SelectMany(chunk => Chunk(chunk.Item1, chunk.Item2, chunk.Item3)), .. Text($"{end}\r\n{trailers}\r\n")],
                [.. chunks.SelectMany(chunk => chunk.Item1)]
            )
    );

    [Fact]
    public void Body_CutAnywhere_EndsWhereItEndsAndIsItsData() =>
        Gen.Select(_bodies, Made.Cuts, Made.Bytes(20))
            .Sample(
                (body, cuts, behind) =>
                {
                    byte[] bytes = [.. body.Wire, .. behind];
                    Framed(bytes, cuts).ShouldBe(body.Wire.Length);
                    var (taken, data) = Read(bytes, cuts);
                    taken.ShouldBe(body.Wire.Length);
                    data.ShouldBe(body.Data);
                },
                iter: Made.Many
            );

    // What the framing lets through, the reader of answers ends at the same byte, or does not take: it looks at trailer lines, too.
    [Fact]
    public void Body_ThatWasChanged_IsRefusedOrReadAlike() =>
        Gen.Select(
                _bodies,
                Gen.Select(Gen.Int[0, 400], Gen.OneOf<byte>(0, 9, 10, 13, 32, 48, 49, 59, 65, 97, 255)).Array[0, 3],
                Made.Cuts,
                Made.Cuts
            )
            .Sample(
                (body, changes, cuts, otherCuts) =>
                {
                    var bytes = body.Wire.ToArray();
                    foreach (var (at, value) in changes)
                        bytes[at % bytes.Length] = value;
                    var framed = Framed(bytes, cuts);
                    Framed(bytes, otherCuts).ShouldBe(framed, "however it is cut");
                    if (framed is { } end)
                        (Read(bytes, cuts).Taken ?? end).ShouldBe(end, "what is read at all ends there");
                },
                iter: Made.Many
            );

    // The length of the body; null when it is none, or not whole.
    private static int? Framed(byte[] bytes, int[] cuts)
    {
        var (framing, taken) = (default(ChunkedFraming), 0);
        foreach (var piece in Made.Pieces(bytes, cuts))
        {
            taken += framing.Take(piece.Span);
            if (framing.IsDone || framing.IsBroken)
                break;
        }

        return framing.IsDone ? taken : null;
    }

    private static (int? Taken, byte[] Data) Read(byte[] bytes, int[] cuts)
    {
        var (reader, taken, data) = (default(ChunkReader), 0, new List<byte>());
        foreach (var piece in Made.Pieces(bytes, cuts))
        {
            for (var rest = piece.Span; !rest.IsEmpty && !reader.Done; )
            {
                var some = reader.Next(rest, out var range);
                if (some < 0)
                    return (null, []);
                data.AddRange(rest[range]);
                rest = rest[some..];
                taken += some;
            }
        }

        return (reader.Done ? taken : null, [.. data]);
    }

    private static byte[] Chunk(byte[] data, string size, string extension) =>
        [.. Text(data.Length.ToString(size) + extension + "\r\n"), .. data, .. "\r\n"u8];

    private static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);

    private sealed record Body(byte[] Wire, byte[] Data)
    {
        public override string ToString() => Encoding.Latin1.GetString(Wire);
    }
}
