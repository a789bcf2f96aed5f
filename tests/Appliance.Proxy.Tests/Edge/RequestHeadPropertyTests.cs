using System.Text;
using Appliance.Proxy.Edge;
using CsCheck;

namespace Appliance.Proxy.Tests.Edge;

/// <summary>Heads of requests that are put together plainly: they are taken, end where they end, and not before.</summary>
public sealed class RequestHeadPropertyTests
{
    private static readonly Gen<string> _names = Gen.Char["!#$%&'*+-.^`|~059AZaz"]
        .Array[1, 8]
        .Select(characters => "X" + new string(characters));

    private static readonly Gen<string> _values = Gen.OneOf(Gen.Char[' ', '~'], Gen.Char['\x80', '\xff'], Gen.Const('\t'))
        .Array[0, 20]
        .Select(characters => new string(characters));

    private static readonly Gen<string> _targets = Gen.OneOf(
        Made.TextOf(8, "a", "/", ".", "%41", ";", "=", "~").Select(text => "/" + text),
        Made.TextOf(5, "?", "&", "a=%20").Select(text => "/?" + text),
        Gen.Const("*")
    );

    private static readonly Gen<(string Lines, long Length, bool IsChunked)> _framings = Gen.OneOf(
        Gen.Const(("", 0L, false)),
        Gen.Long[0, 1_000_000_000_000].Select(length => ($"Content-Length: {length}\r\n", length, false)),
        Gen.OneOf("chunked", "Chunked").Select(coding => ($"transfer-encoding:\t{coding} \r\n", 0L, true))
    );

    [Fact]
    public void Read_HeadCutAnywhere_IsTakenWhenItIsWhole() =>
        Gen.Select(_targets, Gen.Select(_names, _values).Array[0, 6], _framings, Gen.Int[0, 100_000].Array[1, 8], Made.Bytes(20))
            .Sample(
                (target, lines, framing, cuts, behind) =>
                {
                    var method = target == "*" ? "OPTIONS" : "POST";
                    var others = string.Concat(lines.Select(line => $"{line.Item1}:{line.Item2}\r\n"));
                    var bytes = Encoding.Latin1.GetBytes($"{method} {target} HTTP/1.1\r\nHost: a.example\r\n{others}{framing.Lines}\r\n");
                    foreach (var cut in cuts)
                    {
                        var begun = RequestHead.Read(bytes.AsSpan(0, 1 + (cut % (bytes.Length - 1))));
                        (begun.Refusal, begun.Length).ShouldBe((null, 0));
                    }

                    var read = RequestHead.Read([.. bytes, .. behind]);
                    read.Refusal.ShouldBeNull();
                    (read.Length, read.IsChunked).ShouldBe((bytes.Length, framing.IsChunked));
                    if (!framing.IsChunked)
                        read.BodyBytes.ShouldBe(framing.Length);
                },
                iter: Made.Many
            );

    // What was said of a beginning holds for all of it: a head cannot be refused, and then be taken.
    [Fact]
    public void Read_ChangedHead_ARefusalStays() =>
        Gen.Select(
                Gen.Select(_names, _values).Array[0, 3],
                _framings,
                Gen.Select(Gen.Int[0, 200], Gen.OneOf<byte>(0, 9, 10, 13, 32, 44, 58, 95, 48, 97, 200)).Array[1, 4]
            )
            .Sample(
                (lines, framing, changes) =>
                {
                    var others = string.Concat(lines.Select(line => $"{line.Item1}: {line.Item2}\r\n"));
                    var bytes = Encoding.Latin1.GetBytes($"GET /a HTTP/1.1\r\nHost: a\r\n{others}{framing.Lines}\r\n");
                    foreach (var (at, value) in changes)
                        bytes[at % bytes.Length] = value;
                    var (isRefused, whole) = (false, 0);
                    for (var length = 1; length <= bytes.Length; length++)
                    {
                        var read = RequestHead.Read(bytes.AsSpan(0, length));
                        if (isRefused)
                            read.Refusal.ShouldNotBeNull();
                        if (whole > 0)
                            (read.Refusal, read.Length).ShouldBe((null, whole));
                        (isRefused, whole) = (read.Refusal is not null, read.Refusal is null ? read.Length : 0);
                    }
                },
                iter: Made.Some * 2
            );
}
