using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Appliance.Data.Notices;
using Appliance.Testing;
using Appliance.Web.Notices;
using Appliance.Web.Notices.Channels;
using MailKit.Net.Smtp;

namespace Appliance.Web.Tests.Notices;

public sealed class ChannelBodiesTests
{
    private const string Hostile = "Server \"a\r\nBcc: eve@example.com\r\n\r\n<b>@everyone</b> & `code` \u202E\u0000 is down.";
    private static readonly SecretMask _none = new(new() { Name = "it" }, ChannelSecrets.None);

    [Fact]
    public void Webhook_Json_IsAsDocumented() =>
        WebhookBody
            .Of(Messages.Of(what: NoticeEvent.Over))
            .ShouldBe(
                "{\"version\":1,\"id\":\"00000000-0000-0000-0000-000000000001\",\"event\":\"over\",\"at\":\"2026-01-01T00:05:00Z\","
                    + "\"node\":\"web-1\",\"title\":\"Trouble is over: pool on web-1\","
                    + "\"text\":\"Trouble is over after 5 min: No server of pool api answered.\","
                    + "\"notice\":{\"id\":\"00000000-0000-0000-0000-000000000002\",\"trouble\":\"pool/1\",\"kind\":\"pool\","
                    + "\"severity\":\"critical\",\"sentence\":\"No server of pool api answers.\",\"since\":\"2026-01-01T00:00:00Z\","
                    + "\"over\":\"2026-01-01T00:05:00Z\",\"lastedSeconds\":300,\"times\":1,"
                    + "\"link\":\"https://console.example.com/pools/1\"}}"
            );

    [Fact]
    public async Task Signature_OfABody_IsTheOneThatOpensslMakes()
    {
        var signature = WebhookBody.Signature("geheim \u00fc", DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), "{\"a\":\"\u00fc\"}");
        using var openssl = Process.Start(
            new ProcessStartInfo("openssl", ["dgst", "-sha256", "-hmac", "geheim \u00fc", "-r"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                StandardInputEncoding = new System.Text.UTF8Encoding(false),
            }
        )!; // it is installed
        await openssl.StandardInput.WriteAsync("1700000000.{\"a\":\"\u00fc\"}");
        openssl.StandardInput.Close();
        var hash = (await openssl.StandardOutput.ReadToEndAsync()).Split(' ')[0];
        signature.ShouldBe($"t=1700000000,v1={hash}");
        hash.Length.ShouldBe(64);
    }

    [Fact]
    public void Slack_NamesWithMarks_StayNames()
    {
        var text = Json(ChatText.Slack(Messages.Of(Hostile))).GetProperty("text").GetString()!; // it has one
        text.ShouldContain("*Critical: pool on web-1*");
        text.ShouldContain("&lt;b&gt;@\u200Beveryone&lt;/b&gt; &amp;");
        text.ShouldContain("<https://console.example.com/pools/1|Look at it>");
        text.Split('\n').Length.ShouldBe(3);
    }

    [Fact]
    public void Discord_NamesWithMarks_MentionNobody()
    {
        var body = Json(ChatText.Discord(Messages.Of(Hostile)));
        body.GetProperty("allowed_mentions").GetProperty("parse").GetArrayLength().ShouldBe(0);
        var content = body.GetProperty("content").GetString()!; // it has one
        content.ShouldContain("\\@everyone");
        content.ShouldContain("\\`code\\`");
        content.Split('\n').Length.ShouldBe(3);
    }

    [Fact]
    public void Discord_LongSentence_FitsIn2000() =>
        Json(ChatText.Discord(Messages.Of(new string('*', 5_000))))
            .GetProperty("content")
            .GetString()!
            .Length.ShouldBeLessThanOrEqualTo(2_000);

    [Fact]
    public void Ntfy_Request_HasItsHeaders()
    {
        var request = Request(ChannelKind.Ntfy, Messages.Of());
        request.RequestUri.ShouldBe(new("https://ntfy.example.com/topic"));
        Header(request, "Title").ShouldBe("Critical: pool on web-1");
        Header(request, "Priority").ShouldBe("5");
        Header(request, "Tags").ShouldBe("rotating_light");
        Header(request, "Click").ShouldBe("https://console.example.com/pools/1");
        Header(request, "Authorization").ShouldBe("Bearer tk_secret");
    }

    [Fact]
    public void Ntfy_NameOfTheMachineWithLineBreaks_AddsNoHeader()
    {
        var request = Request(ChannelKind.Ntfy, Messages.Of() with { Node = "web\r\nX-Evil: 1\u00fc" });
        Header(request, "Title").ShouldStartWith("=?UTF-8?B?");
        request.Headers.Contains("X-Evil").ShouldBeFalse();
        HttpNotice.HeaderValue("a\r\nb").ShouldBe("a  b");
    }

    [Fact]
    public async Task Mail_SentenceWithLineBreaks_AddsNoHeader()
    {
        using var mail = MailNotice.Of(
            new()
            {
                Name = "mail",
                Kind = ChannelKind.Email,
                From = "appliance@example.com",
                To = ["ops@example.com", "bob@example.com"],
            },
            Messages.Of(Hostile)
        );
        using var bytes = new MemoryStream();
        await mail.WriteToAsync(bytes);
        bytes.Position = 0;
        using var read = await MimeKit.MimeMessage.LoadAsync(bytes);
        read.Bcc.ShouldBeEmpty();
        read.To.Count.ShouldBe(2);
        read.Subject.ShouldStartWith("Critical: pool on web-1: Server \"a\\u000D\\u000ABcc: eve@example.com");
        read.Headers["Auto-Submitted"].ShouldBe("auto-generated");
        read.MessageId.ShouldBe("00000000000000000000000000000001@example.com");
        read.TextBody.ShouldNotBeNull().ShouldContain("Look at it: https://console.example.com/pools/1");
        read.Headers.Select(header => header.Id)
            .Where(id => id is MimeKit.HeaderId.Bcc or MimeKit.HeaderId.Cc or MimeKit.HeaderId.Unknown)
            .ShouldNotContain(MimeKit.HeaderId.Bcc);
    }

    // U+200A is a blank to every chat, so that the mark between two of them marks nothing; U+200B only keeps apart.
    [Theory]
    [InlineData("*b* _i_ ~s~", "\u200a*\u200ab\u200a*\u200a \u200a_\u200ai\u200a_\u200a \u200a~\u200as\u200a~\u200a")]
    [InlineData("pool_of_a", "pool_of_a")]
    [InlineData("`c`", "\u02cbc\u02cb")]
    [InlineData("see http://evil.test/a", "see http:\u200b//evil.\u200btest/a")]
    [InlineData("see www.evil.test", "see www.\u200bevil.\u200btest")]
    [InlineData("slack://x HTTPS://y", "slack:\u200b//x HTTPS:\u200b//y")]
    [InlineData("10.0.0.1:80. Then", "10.0.0.1:80. Then")]
    [InlineData("> quote # no head", "\u200b&gt; quote # no head")]
    public void Slack_WhatWouldBeMarkupOrALink_StaysText(string said, string written) =>
        Json(ChatText.Slack(Messages.Of(said))).GetProperty("text").GetString()!.ShouldContain($"\n{written}\n<https"); // it has one

    [Theory]
    [InlineData("see http://evil.test/a", "see http:\u200b//evil.\u200btest/a")]
    [InlineData("discord.gg/x", "discord.\u200bgg/x")]
    public void Discord_WhatWouldBeALink_StaysText(string said, string written) =>
        Json(ChatText.Discord(Messages.Of(said))).GetProperty("content").GetString()!.ShouldContain($"\n{written}\n<https"); // it has one

    [Fact]
    public void Slack_MarkdownOfMattermost_StaysText()
    {
        var body = ChatText.Slack(Messages.Of("Pool ![a](http://evil.example/x.png) @all @channel"));
        var text = Json(body).GetProperty("text").GetString()!; // it has one
        text.ShouldContain("!\u200B[a]\u200B(http");
        text.ShouldNotContain("@all");
        text.ShouldNotContain("@channel");
        text.ShouldContain("<https://console.example.com/pools/1|Look at it>");
    }

    [Fact]
    public async Task Ntfy_LongSentence_FitsIntoItsBytes()
    {
        var request = Request(ChannelKind.Ntfy, Messages.Of("a" + string.Concat(Enumerable.Repeat("\U0001F534", 3_000))));
        var body = await request.Content.ShouldNotBeNull().ReadAsByteArrayAsync();
        body.Length.ShouldBeInRange(3_800, 4_096);
        new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body).ShouldNotContain("\uFFFD");
    }

    [Theory]
    [InlineData("bad token tk_secret", "bad token \u2026")]
    [InlineData("cannot POST /hooks/abc12345", "cannot POST \u2026")]
    [InlineData("cannot POST /api/abc12345?k", "cannot POST /api/\u2026?k")]
    [InlineData("whole https://chat.example.com/hooks/abc12345", "whole \u2026")]
    [InlineData("AUTH LOGIN aHVudGVyMg==", "AUTH LOGIN \u2026")]
    [InlineData("AUTH PLAIN AGFubgBodW50ZXIy", "AUTH PLAIN \u2026")]
    public void Secrets_InWords_AreTakenOut(string said, string shown)
    {
        var secrets = new ChannelSecrets
        {
            Token = "tk_secret",
            Password = "hunter2",
            Url = "https://chat.example.com/hooks/abc12345",
        };
        SaidWords.OfAnswer(401, said, new(new() { Name = "it", User = "ann" }, secrets)).ShouldBe($"The server answered 401: {shown}.");
    }

    [Fact]
    public void SecretAddress_SaidBackDecoded_IsTakenOut() =>
        SaidWords
            .OfAnswer(404, "no /a b/part here", new(new() { Name = "it" }, new() { Url = "https://chat.example.com/a%20b/part" }))
            .ShouldBe("The server answered 404: no \u2026 here.");

    [Fact]
    public void Secret_OnTheCut_IsNotShownInPart()
    {
        var mask = new SecretMask(new() { Name = "it" }, new() { Token = "tk_very_long_secret" });
        var words = SaidWords.OfAnswer(401, new string('x', 190) + "tk_very_long_secret", mask);
        words.ShouldNotContain("tk_");
        words.ShouldContain("\u2026");
    }

    [Theory]
    [InlineData(454, false)]
    [InlineData(535, true)]
    public void SignIn_ThatFailsForNow_IsNotFinal(int status, bool isFinal)
    {
        var inner = new SmtpCommandException(SmtpErrorCode.UnexpectedStatusCode, (SmtpStatusCode)status, "Wait.");
        SaidWords.Of(new MailKit.Security.AuthenticationException("Wait.", inner), _none).IsFinal.ShouldBe(isFinal);
        SaidWords.Of(new MailKit.Security.AuthenticationException("Wait."), _none).IsFinal.ShouldBeTrue();
    }

    [Fact]
    public void Name_ThatNoServerKnows_IsToldApartFromNoServer()
    {
        SaidWords.Of(new SocketException((int)SocketError.HostNotFound), _none).Words.ShouldBe("The name has no address.");
        SaidWords
            .Of(new SocketException((int)SocketError.TryAgain), _none)
            .Words.ShouldBe("The name could not be looked up: no name server answered.");
    }

    [Theory]
    [InlineData(404, "{\"error\":\"no such topic\"}", "The server answered 404: no such topic.")]
    [InlineData(500, "no_service\n", "The server answered 500: no_service.")]
    [InlineData(502, "<html><h1>Bad</h1></html>", "The server answered 502.")]
    [InlineData(400, "{\"error\":", "The server answered 400: {\"error\":.")]
    public void Words_OfAnAnswer_SayWhatItSays(int status, string body, string words) =>
        SaidWords.OfAnswer(status, body, _none).ShouldBe(words);

    private static HttpRequestMessage Request(ChannelKind kind, NoticeMessage message) =>
        HttpNotice
            .Of(
                new()
                {
                    Name = "it",
                    Kind = kind,
                    Url = "https://ntfy.example.com/topic",
                },
                new() { Token = "tk_secret" },
                message,
                TestTime.Start
            )
            .ShouldNotBeNull();

    private static string Header(HttpRequestMessage request, string name) => request.Headers.GetValues(name).ShouldHaveSingleItem();

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();
}
