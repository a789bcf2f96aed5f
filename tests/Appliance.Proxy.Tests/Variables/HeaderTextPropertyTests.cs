using System.Text;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Items;
using Appliance.Proxy.Variables;
using CsCheck;

namespace Appliance.Proxy.Tests.Variables;

/// <summary>Header values: whatever comes in, one line of bytes goes out, and what is fine already stays as it is.</summary>
public sealed class HeaderTextPropertyTests
{
    private static readonly Gen<string> _any = Gen.OneOf(
        Gen.String[0, 40],
        Gen.Char['\0', '\xff'].Array[0, 40].Select(characters => new string(characters)),
        Made.TextOf(12, "\r\n", "\n", "\0", "\t", " ", "a", "ü", "€", "😀", "\ud83d", "\ude00", "\u007f", "\u0085")
    );

    private static readonly Gen<string> _whole = Made.TextOf(12, "a", " ", "ü", "€", "😀", "\u00a0", "\u0085", "Ã¼");

    [Fact]
    public void OneLine_AnyText_IsBytesWithoutControls() =>
        _any.Sample(
            text =>
            {
                var line = HeaderText.OneLine(text);
                line.All(character => character is '\t' or (>= ' ' and <= '\xff' and not '\x7f')).ShouldBeTrue(line);
                line.ShouldBe(line.Trim(' ', '\t'));
                HeaderText.OneLine(line).ShouldBe(line);
            },
            iter: Made.Many
        );

    [Fact]
    public void OneLine_FineText_IsUnchanged() =>
        Gen.Char[' ', '\xff']
            .Array[0, 40]
            .Select(characters => new string(characters).Replace("\x7f", "").Trim(' '))
            .Sample(text => HeaderText.OneLine(text).ShouldBe(text), iter: Made.Many);

    [Fact]
    public void Shown_TextOfTheConfig_IsThatTextAgain() =>
        _whole.Sample(
            text =>
            {
                HeaderText.Shown(HeaderText.FromConfig(text)).ShouldBe(text);
                HeaderText.Body(HeaderText.FromConfig(text)).ShouldBe(Encoding.UTF8.GetBytes(text));
            },
            iter: Made.Many
        );

    [Fact]
    public void VisibleText_AnyText_HasNothingToHideAndStays() =>
        _any.Sample(
            text =>
            {
                var visible = VisibleText.Of(text);
                visible.Any(char.IsControl).ShouldBeFalse();
                VisibleText.Of(visible).ShouldBe(visible);
            },
            iter: Made.Many
        );

    // A head of an answer that is put together from lines is taken apart into them, and no beginning of it is whole.
    [Fact]
    public void TryParse_LinesThatWerePutTogether_AreTheseLines() =>
        Gen.Select(
                Gen.Select(
                    Gen.Char["!#$%&'*+-.^_`|~059AZaz"].Array[1, 8].Select(characters => new string(characters)),
                    Gen.OneOf(Gen.Char[' ', '~'], Gen.Char['\x80', '\xff'], Gen.Const('\t'))
                        .Array[0, 12]
                        .Select(characters => new string(characters).Trim(' ', '\t')),
                    Gen.OneOf("", " ", "\t "),
                    Gen.OneOf("", "  ")
                ).Array[0, 6],
                Gen.Double[0, 1]
            )
            .Sample(
                (lines, cut) =>
                {
                    var text = string.Concat(lines.Select(line => $"{line.Item1}:{line.Item3}{line.Item2}{line.Item4}\r\n"));
                    var head = Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\n{text}\r\n");
                    HeadParser.Length(head.AsSpan(0, (int)(cut * (head.Length - 1)))).ShouldBe(0);
                    HeadParser.Length([.. head, .. "\r\n\r\n"u8]).ShouldBe(head.Length);
                    var read = HeadParser.TryParse(head, out var first).ShouldNotBeNull();
                    first.ShouldBe("HTTP/1.1 200 OK");
                    foreach (var name in lines.Select(line => line.Item1))
                    {
                        var values = lines
                            .Where(line => line.Item1.Equals(name, StringComparison.OrdinalIgnoreCase))
                            .Select(line => line.Item2);
                        read.Values(name).ShouldBe(values);
                    }
                },
                iter: Made.Many
            );
}
