using Appliance.Proxy.Connections.Inspector;

namespace Appliance.Proxy.Tests.Connections.Inspector;

public sealed class RedactionTests
{
    [Theory]
    [InlineData("""{"password":"hunter2","n":1}""", """{"password":•••,"n":1}""")]
    [InlineData("""{"access_token": "abc.def", "user": "ann"}""", """{"access_token": •••, "user": "ann"}""")]
    [InlineData("""{"pass\"word":"x"}""", """{"pass\"word":"x"}""")]
    [InlineData("""{"apiKey":12345}""", """{"apiKey":•••}""")]
    [InlineData("""{"secret":"cut in the mid""", """{"secret":•••""")]
    [InlineData("""{"token":"with \" quote"}""", """{"token":•••}""")]
    [InlineData("user=ann&passwd=abc&x=1", "user=ann&passwd=•••&x=1")]
    [InlineData("Authorization: Bearer abcdef123", "Authorization: •••")]
    [InlineData("GET / HTTP/1.1\r\nCookie: sid=1; other=2\r\nHost: x", "GET / HTTP/1.1\r\nCookie: •••\r\nHost: x")]
    [InlineData("use Bearer abcdefghijk now", "use Bearer ••• now")]
    [InlineData("id eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln here", "id ••• here")]
    [InlineData("Set-Cookie: sid=1", "Set-Cookie: •••")]
    [InlineData("""{"tokens": ["abc", "def"], "n": 1}""", """{"tokens": •••, "n": 1}""")]
    [InlineData("""{"token": { "value": "abc", "ttl": 5 }, "n": 1}""", """{"token": •••, "n": 1}""")]
    [InlineData("""{"secrets": [ "cut in the mid""", """{"secrets": •••""")]
    [InlineData("""{"secrets": ["a]b", "c"], "n": 1}""", """{"secrets": •••, "n": 1}""")]
    [InlineData("nothing to hide", "nothing to hide")]
    public void Apply_Standard_BlacksOut(string text, string expected) =>
        Redaction.Of([]).Redaction.ShouldNotBeNull().Apply(text).ShouldBe(expected);

    [Fact]
    public void Apply_OwnExpressions_BlackOutWhatTheyMatch() =>
        Redaction
            .Of([@"\d{4}-\d{4}", "(?i)ann"])
            .Redaction.ShouldNotBeNull()
            .Apply("Ann pays with 1234-5678")
            .ShouldBe("••• pays with •••");

    [Fact]
    public void Of_BrokenExpression_IsNamed()
    {
        var (redaction, fault) = Redaction.Of(["fine", "(broken"]);
        redaction.ShouldBeNull();
        fault.ShouldNotBeNull().ShouldContain("(broken");
    }

    [Fact]
    public void Apply_ExpressionThatNeverEnds_NothingIsShown() =>
        Redaction.Of(["^(a+)+$"]).Redaction.ShouldNotBeNull().Apply(new string('a', 40) + "!").ShouldBeNull();

    [Fact]
    public void Preview_LongText_IsCutBehindRedaction()
    {
        var text = new string('x', 990) + " password=abcdefghijklmnop" + new string('y', 5000);
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        using var inflater = new MessageInflater(null, fromClient: true, fromTheStart: false);
        var (preview, note) = MessagePreview.Of(
            new TappedMessage(DateTimeOffset.UnixEpoch, true, 1, false, bytes.Length, bytes, Gap: false),
            inflater,
            Redaction.Of([]).Redaction!
        ); // nothing is broken

        preview.ShouldNotBeNull().Length.ShouldBe(1000);
        preview.ShouldNotContain("abcdef");
        note.ShouldBe("cut");
    }

    [Fact]
    public void Inflate_Bomb_StopsAndTheContextIsGivenUp()
    {
        using var deflated = new Deflated(keepsWindow: true);
        using var inflater = new MessageInflater("permessage-deflate", fromClient: true, fromTheStart: true);
        var bomb = deflated.Payload(new string('a', 20_000_000));

        var (bytes, whole, _) = inflater.Inflate(Message(bomb));
        bytes.ShouldNotBeNull().Length.ShouldBeLessThan(5_000_000);
        whole.ShouldBeFalse();
        inflater.Inflate(Message(deflated.Payload("next"))).Note.ShouldNotBeNull().ShouldContain("too large");
    }

    [Fact]
    public void Inflate_AfterAGap_IsGivenUpWhereTheWindowIsKept()
    {
        using var deflated = new Deflated(keepsWindow: true);
        using var inflater = new MessageInflater("permessage-deflate", fromClient: false, fromTheStart: true);
        inflater.Inflate(Message(deflated.Payload("one"))).Bytes.ShouldBe("one"u8.ToArray());
        deflated.Payload("two is missed");

        inflater.Inflate(Message(deflated.Payload("three is missed")) with { Gap = true }).Note.ShouldNotBeNull().ShouldContain("missed");
    }

    [Fact]
    public void Inflate_Garbage_SaysSo()
    {
        using var inflater = new MessageInflater("permessage-deflate; client_no_context_takeover", fromClient: true, fromTheStart: false);
        inflater.Inflate(Message([0xFF, 0xFF, 0xFF])).Note.ShouldBe("cannot be inflated");
        using var deflated = new Deflated(keepsWindow: false);
        inflater.Inflate(Message(deflated.Payload("fine"))).Bytes.ShouldBe("fine"u8.ToArray());
    }

    private static TappedMessage Message(byte[] payload) =>
        new(DateTimeOffset.UnixEpoch, true, 1, true, payload.Length, payload, Gap: false);
}
