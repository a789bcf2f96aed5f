using System.Text;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using CsCheck;

namespace Appliance.Proxy.Tests.Config;

/// <summary>Documents that were changed anywhere: never an exception, and what is taken is written and read again as the same.</summary>
public sealed class ConfigDocumentPropertyTests
{
    private static readonly byte[] _full = Encoding.UTF8.GetBytes(SchemaAgainstRulesTests.Full().ToJsonString());

    private static readonly Gen<byte[]> _pieces = Gen.OneOf(
            "",
            "0",
            "-1",
            "1e400",
            "null",
            "\"\"",
            "[]",
            "{}",
            "[[[[[[[[[[[[[[[[[[",
            "\"\\ud800\"",
            "\"$\"",
            "\"(\"",
            "\"99999999999d 99999999999d\"",
            "\"*\"",
            "\"~(\"",
            "\"http://[\"",
            "\"a/../..\"",
            ",",
            "\"kind\":",
            "\0",
            "ü",
            "\\",
            "/*"
        )
        .Select(Encoding.UTF8.GetBytes);

    private static readonly Gen<(int At, int Cut, byte[] Piece)> _changes = Gen.Select(
        Gen.Int[0, _full.Length - 1],
        Gen.Int[0, 30],
        Gen.OneOf(_pieces, Gen.Byte.Array[0, 3])
    );

    // A value in the place of a value: most of these are JSON.
    private static readonly Gen<byte[]> _values = Gen.Select(Gen.Int[0, 200], _pieces, (which, piece) =>
    {
        var text = Encoding.UTF8.GetString(_full);
        var ends = Enumerable.Range(0, text.Length).Where(at => text[at] == ':' && text[at - 1] == '"').ToArray();
        var from = ends[which % ends.Length] + 1;
        var to = text.AsSpan(from).IndexOfAny(",}]") + from;
        return (byte[])[.. _full[..from], .. piece, .. _full[to..]];
    });

    [Fact]
    public void Parse_ChangedDocument_NeverThrowsAndWhatIsTakenStays() =>
        Gen.OneOf(_values, _changes.Array[1, 2].Select(changes => changes.Aggregate(_full, Changed)))
            .Sample(
                bytes =>
                {
                    var parsed = ConfigDocument.Parse(bytes);
                    if (parsed.Document is not { } document)
                    {
                        parsed.Problems.ShouldNotBeEmpty();
                        return;
                    }

                    new ConfigValidator().Check(ProxyConfig.Empty, document.Config).ShouldNotBeNull();
                    var text = document.ToJson();
                    var again = ConfigDocument.Parse(Encoding.UTF8.GetBytes(text));
                    again.Problems.ShouldBeEmpty();
                    again.Document.ShouldNotBeNull().ToJson().ShouldBe(text);
                    foreach (var route in document.Config.Routes)
                    {
                        var row = ConfigItemJson.Write(route);
                        ConfigItemJson.Write(ConfigItemJson.Read<Route>(row, route.Id)).ShouldBe(row);
                    }
                },
                iter: Made.Some
            );

    private static byte[] Changed(byte[] bytes, (int At, int Cut, byte[] Piece) change)
    {
        var at = change.At % bytes.Length;
        return [.. bytes[..at], .. change.Piece, .. bytes[Math.Min(bytes.Length, at + change.Cut)..]];
    }
}
