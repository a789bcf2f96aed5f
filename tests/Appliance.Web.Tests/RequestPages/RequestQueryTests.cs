using Appliance.Proxy.AccessLogs;
using Appliance.Web.RequestPages;

namespace Appliance.Web.Tests.RequestPages;

public sealed class RequestQueryTests
{
    private static readonly PastTry _asked = new("10.0.0.5:80", 200, null, null, TimeSpan.FromSeconds(1), null);

    [Theory]
    [InlineData("a server answered", 200, false)]
    [InlineData("a server answered", 404, false)]
    [InlineData("a server answered", 500, true)]
    [InlineData("no server answered", 502, true)]
    [InlineData("a server broke its answer off", 200, true)]
    [InlineData("a server broke its answer off", 404, true)]
    [InlineData("the client's body cannot be accepted", 400, false)]
    [InlineData("the client's body came too slowly", 408, false)]
    [InlineData("the client left", 499, false)]
    [InlineData("the client left", 200, false)]
    [InlineData("a handshake was refused here", 403, false)]
    [InlineData("no server was there", 503, true)]
    public void Failed_IsWhatNoServerAnswered_NotAFaultOfTheClient(string what, int status, bool hasFailed)
    {
        var isClients = what.StartsWith("the client's", StringComparison.Ordinal);
        var request = new PastRequest
        {
            Status = status,
            Failure = what == "a server answered" ? null : what,
            HasLeft = what == "the client left",
            IsSpoilt = isClients,
            Last = what is "a handshake was refused here" or "no server was there" ? default : _asked,
        };

        RequestQuery.HasFailed(request).ShouldBe(hasFailed);
        new RequestQuery { Status = RequestQuery.Failed }
            .IsMeant(request)
            .ShouldBe(hasFailed);
        RequestWords
            .Look(request)
            .ShouldBe(
                hasFailed ? "bad"
                : status >= 400 || request.HasLeft ? "warn"
                : "good"
            );
        if (isClients)
            RequestWords.Became(request).ShouldStartWith("The client spoilt it");
    }

    [Fact]
    public void Moment_IsSaidToTheSecond() =>
        RequestWords.Moment(new PastRequest { Ended = new(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc) }).ShouldBe("2026-03-04 05:06:07 UTC");
}
