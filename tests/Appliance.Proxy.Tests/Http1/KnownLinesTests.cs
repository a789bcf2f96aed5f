using System.Text;
using Appliance.Proxy.Http1;

namespace Appliance.Proxy.Tests.Http1;

/// <summary>Lines that are used again say what the bytes of this answer say, never what those of another one said.</summary>
public sealed class KnownLinesTests
{
    [Fact]
    public void Reader_HeadsOneAfterTheOther_ReadsEachAsAFreshOneDoes()
    {
        string[] lines =
        [
            "A: 1",
            "A: 2",
            "a: 1",
            "A:1",
            "A:  1",
            "Content-Length: 5",
            "Content-Length: 50",
            "Set-Cookie: a=1",
            "Set-Cookie: a=2",
            "X: " + new string('x', 300),
            "X: " + new string('y', 300),
            "Empty:",
        ];
        var random = new Random(4711);
        var known = new AnswerReader(new KnownLines());
        for (var round = 0; round < 2000; round++)
        {
            var head = "HTTP/1.1 200 OK\r\n";
            for (var count = random.Next(40); count > 0; count--)
                head += lines[random.Next(lines.Length)] + (random.Next(4) == 0 ? "\n" : "\r\n");
            var bytes = Encoding.Latin1.GetBytes(head + "\r\n");

            known.BeginAgain();
            var fresh = new AnswerReader();
            known.Read(bytes).ShouldBe(bytes.Length);
            fresh.Read(bytes).ShouldBe(bytes.Length);

            known.Head(default).Lines.All.ShouldBe(fresh.Head(default).Lines.All);
        }
    }

    [Fact]
    public void Reader_AfterAFault_BeginsAfresh()
    {
        var reader = new AnswerReader(new KnownLines());
        reader.Read("HTTP/1.1 200 OK\r\nA b\r\n\r\n"u8);
        reader.Fault.ShouldNotBeNull();

        reader.BeginAgain();
        reader.Read("HTTP/1.1 204 No\r\nA: b\r\n\r\n"u8).ShouldBe(25);

        reader.Fault.ShouldBeNull();
        reader.Head(default).Status.ShouldBe(204);
    }
}
