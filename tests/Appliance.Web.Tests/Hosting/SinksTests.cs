using System.Globalization;
using System.Text;
using System.Text.Json;
using Appliance.Proxy.Config;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Web.Audit;
using Appliance.Web.CommandLine;
using Appliance.Web.Control;
using Appliance.Web.Hosting;
using Appliance.Web.SignIn.Oidc;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Appliance.Web.Tests.Hosting;

/// <summary>
/// Everywhere where text leaves the product for people: none of it may break a line, move a cursor, or turn what stands behind it around.
/// </summary>
public sealed class SinksTests
{
    // What a sink makes of a text; how often a line feed is the sink's own; and what it draws itself.
    private static readonly Dictionary<string, (Func<string, Task<string>> Write, string Own)> _sinks = new()
    {
        ["text log"] = (text => LogAsync(json: false, text), "\n"),
        ["JSON log"] = (text => LogAsync(json: true, text), "\n"),
        ["table of a command"] = (
            text =>
                Task.FromResult(
                    TextTable.Of(
                        ["A", "B"],
                        [
                            [text, text],
                        ]
                    )
                ),
            "\n"
        ),
        ["sentence of a command"] = (SentenceAsync, "\n"),
        ["JSON of a command"] = (text => Task.FromResult(Json.Of(text)), "\n"),
        ["text drawn on a terminal"] = (text => DrawnAsync(output => Terminal.DrawAsync(output, text)), "\n\u001b"),
        ["line drawn on a terminal"] = (text => DrawnAsync(output => Terminal.LineAsync(output, text)), "\r\u001b"),
        ["audit as CSV"] = (text => Task.FromResult(AuditCsv.Row(Line(text))), "\r\n"),
        ["audit as JSON lines"] = (text => Task.FromResult(JsonSerializer.Serialize(Line(text), ControlSocket.Json)), ""),
        ["error page for browsers"] = (text => PageAsync("text/html", text), "\n"),
        ["error page for programs"] = (text => PageAsync("*/*", text), "\n"),
        ["words of a provider"] = (text => Task.FromResult(ProviderText.Short(text)), ""),
    };

    private static readonly string[] _bad =
    [
        .. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(code => ((char)code).ToString()),
        .. new[]
        {
            0xAD,
            0x61C,
            0x180E,
            0x200B,
            0x200E,
            0x200F,
            0x2028,
            0x2029,
            0x202A,
            0x202B,
            0x202C,
            0x202D,
            0x202E,
            0x2060,
            0x2066,
            0x2067,
            0x2068,
            0x2069,
            0xFEFF,
        }.Select(code => ((char)code).ToString()),
        "\U000E0041",
        "\r\n",
        "\u001b[2J\u001b[31m",
        "\u001b]0;title\u0007",
    ];

    public static TheoryData<string> Names() => [.. _sinks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Sink_EveryControlCharacter_StaysHarmless(string name)
    {
        var (write, own) = _sinks[name];
        var empty = await write("fine");
        var wrong = new List<string>();
        foreach (var bad in _bad)
        {
            var written = await write($"fi{bad}ne");
            var left = written
                .EnumerateRunes()
                .Where(rune => VisibleText.IsUnsafe(rune) && (!rune.IsAscii || !own.Contains((char)rune.Value, StringComparison.Ordinal)))
                .ToList();
            if (left.Count > 0 || own.Any(sign => written.Count(one => one == sign) != empty.Count(one => one == sign)))
                wrong.Add(string.Join(' ', bad.Select(one => ((int)one).ToString("X4", CultureInfo.InvariantCulture))));
        }

        wrong.ShouldBeEmpty(name);
    }

    // It may go to a terminal: what the serializer leaves is an escape of JSON there, and means the same.
    [Fact]
    public async Task Export_OfAConfig_IsTheSameDocumentOnATerminal()
    {
        foreach (var bad in _bad)
        {
            var route = new Route
            {
                Id = Guid.NewGuid(),
                Name = $"a{bad}b",
                Action = new RouteAction.Respond(),
            };
            using var output = new StringWriter();
            await using (var writer = new VisibleWriter(output))
                await writer.WriteAsync(ConfigItemJson.WriteIndented(route));
            output.ToString().EnumerateRunes().ShouldNotContain(rune => VisibleText.IsUnsafe(rune) && rune.Value != '\n');
            JsonDocument.Parse(output.ToString()).RootElement.GetProperty("name").GetString().ShouldBe($"a{bad}b");
        }
    }

    private static AuditLine Line(string text) => new(1, DateTime.UnixEpoch, text, text, text, text, text, text, text, "aa", "bb");

    private static async Task<string> SentenceAsync(string text)
    {
        using var output = new StringWriter();
        await using var writer = new VisibleWriter(output);
        await writer.WriteLineAsync(text);
        await writer.WriteAsync(text);
        await writer.WriteAsync(text.AsMemory());
        writer.WriteLine(text);
        writer.Write(text);
        writer.Write("{0}", text);
        foreach (var letter in text.Where(one => one != '\n'))
            writer.Write(letter);
        return output
            .ToString()
            .Replace(text.Contains('\n', StringComparison.Ordinal) ? "fi\nne" : "\0", "fine", StringComparison.Ordinal)
            .Replace("fi\\u000D\nne", "fine", StringComparison.Ordinal);
    }

    private static async Task<string> DrawnAsync(Func<TextWriter, Task> draw)
    {
        using var output = new StringWriter();
        await draw(output);
        return output
            .ToString()
            .Replace("fi\nne", "fine", StringComparison.Ordinal)
            .Replace("fi\\u000D\nne", "fine", StringComparison.Ordinal);
    }

    private static async Task<string> PageAsync(string accept, string text)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Request = { Headers = { Accept = accept } }, Response = { Body = body } };
        await OwnPage.WriteAsync(context, 502, text);
        return Encoding.UTF8.GetString(body.ToArray());
    }

    private static Task<string> LogAsync(bool json, string text)
    {
        using var output = new StringWriter();
        using (var sink = new LogSink(output))
        using (var logs = ConsoleLogs.Create(new(LogLevel.Information, json, TimeProvider.System), sink))
            logs.CreateLogger("Appliance.Test").NotTrusted(text, new InvalidOperationException(text));
        return Task.FromResult(output.ToString());
    }
}

internal static partial class SinksTestsLog
{
    [LoggerMessage(9990, LogLevel.Warning, "The certificate of {Server} is not trusted.")]
    public static partial void NotTrusted(this ILogger log, string server, Exception exception);
}
