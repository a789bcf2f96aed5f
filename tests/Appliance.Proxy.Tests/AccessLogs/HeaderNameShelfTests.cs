using Appliance.Proxy.AccessLogs;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Tests.AccessLogs;

public sealed class HeaderNameShelfTests
{
    [Fact]
    public void Of_ANameWithTwoLines_StandsThereTwice()
    {
        var (names, _) = new HeaderNameShelf().Of(new HeaderDictionary { ["Set-Cookie"] = new(["a", "b"]), ["Age"] = "1" });
        names.Names.Order().ShouldBe(["Age", "Set-Cookie", "Set-Cookie"]);
        names.More.ShouldBe(0);
    }

    [Fact]
    public void Of_TheSameNamesWithOtherValues_AreKeptOnce()
    {
        var shelf = new HeaderNameShelf();
        var (first, bytes) = shelf.Of(new HeaderDictionary { ["X-One"] = "1", ["X-Two"] = "2" });
        bytes.ShouldBeGreaterThan(0);
        var (second, more) = shelf.Of(new HeaderDictionary { ["X-One"] = "other", ["X-Two"] = "values" });
        second.ShouldBeSameAs(first);
        more.ShouldBe(0);
        var (third, _) = shelf.Of(new HeaderDictionary { ["X-One"] = "1", ["X-Too"] = "2" });
        third.Names.ShouldBe(["X-One", "X-Too"]);
        first.Names.ShouldBe(["X-One", "X-Two"]);
    }

    [Fact]
    public void Of_MoreThanAreKept_AreCounted()
    {
        var many = new HeaderDictionary();
        for (var number = 0; number < HeaderNames.MostLines + 7; number++)
            many["X-" + number] = "";
        var (names, _) = new HeaderNameShelf().Of(many);
        (names.Names.Length, names.More).ShouldBe((HeaderNames.MostLines, 7));

        var (one, _) = new HeaderNameShelf().Of(new HeaderDictionary { [new('x', HeaderNames.MostChars + 1)] = "", ["Age"] = "" });
        (string.Join(",", one.Names), one.More).ShouldBe(("Age", 1));
    }

    // A client that writes other names into each request gets nothing for it.
    [Fact]
    public void NoteNames_OfStrangers_HaveATotal()
    {
        var requests = new RecentRequests();
        var sent = 0;
        for (var number = 0; number < 12_000; number++)
        {
            var headers = new HeaderDictionary();
            for (var line = 0; line < 10; line++)
                headers[$"X-{number}-{line}-{new string('y', 80)}"] = "";
            var request = default(PastRequest);
            requests.NoteNames(ref request, headers, answered: null);
            requests.Add(request);
            sent++;
        }

        var kept = requests.NewestFirst().Where(request => request.RequestHeaders is not null).ToList();
        kept.Count.ShouldBeInRange(1000, 5000, "about 8 MB of them");
        kept.Sum(request => request.RequestHeaders!.Bytes).ShouldBeLessThan(9 * 1024 * 1024);

        // 1. What others have as well goes on.
        var usual = new HeaderDictionary { ["Accept"] = "*/*" };
        for (var number = 0; number < RecentRequests.Kept; number++)
        {
            var request = default(PastRequest);
            requests.NoteNames(ref request, usual, answered: null);
            requests.Add(request);
        }

        // 2. And when those of the strangers have gone, there is room again.
        requests.NewestFirst().First().RequestHeaders.ShouldNotBeNull().Names.ShouldBe(["Accept"]);
    }
}
