using Appliance.Proxy.Connections;
using Appliance.Proxy.Traffic;
using Appliance.Web.Connections;

namespace Appliance.Web.Tests.Connections;

public sealed class CloseCodesTests
{
    [Theory]
    [InlineData(1000, "normal")]
    [InlineData(1001, "going away")]
    [InlineData(1005, "no code was given")]
    [InlineData(1006, "cut without a close frame")]
    [InlineData(1009, "message too big")]
    [InlineData(1012, "service restart")]
    [InlineData(1013, "try again later")]
    [InlineData(1014, "bad gateway")]
    [InlineData(1016, "not assigned")]
    [InlineData(3000, "unauthorized")]
    [InlineData(3500, "of a library or framework")]
    [InlineData(4000, "private to the application")]
    [InlineData(4999, "private to the application")]
    [InlineData(999, "not valid")]
    [InlineData(5000, "not valid")]
    public void Name_OfACode(int code, string name) => CloseCodes.Name(code).ShouldBe(name);

    [Fact]
    public void EveryCode_IsExplained()
    {
        for (var code = 1000; code <= 4999; code++)
            CloseCodes.About(code).ShouldEndWith(".", customMessage: code.ToString());
    }

    [Fact]
    public void EveryEndAndRefusal_HasWordsOfItsOwn()
    {
        Enum.GetValues<TunnelEnd>().Select(EndWords.Cause).ShouldBeUnique();
        EndWords.Everybody.Select(EndWords.Who).ShouldBeUnique();
        EndWords.Everybody.Select(EndWords.About).ShouldBeUnique();
        Enum.GetValues<HandshakeRefusal>().Select(refusal => EndWords.Refusal(refusal).Reason).ShouldBeUnique();
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("?q=kicked&route=chat&who=operator&page=2", "?q=kicked&route=chat&who=operator&page=2")]
    [InlineData("?who=somebody", "")]
    public void EndedQuery_IsWhatTheAddressSays(string query, string kept) =>
        EndedQuery.Parse("/connections/ended" + query).Address().ShouldBe("/connections/ended" + kept);

    [Theory]
    [InlineData("", "")]
    [InlineData("?q=401&route=chat&by=server&page=2", "?q=401&route=chat&by=server&page=2")]
    [InlineData("?by=nobody&page=-3&q=%20%20", "")]
    [InlineData("?q=a%26b%20c", "?q=a%26b%20c")]
    public void RefusedQuery_IsWhatTheAddressSays(string query, string kept) =>
        RefusedQuery.Parse("/connections/refused" + query).Address().ShouldBe("/connections/refused" + kept);

    [Fact]
    public void EndedQuery_FindsByRouteAndWords()
    {
        LiveConnection[] ended = [Connected.To("chat", path: "/a"), Connected.To("feed", path: "/b")];
        new EndedQuery { Route = "CHAT" }
            .Of(ended)
            .ShouldBe([ended[0]]);
        new EndedQuery { Text = "feed /b" }
            .Of(ended)
            .ShouldBe([ended[1]]);
        new EndedQuery { Who = "client" }
            .Of(ended)
            .ShouldBeEmpty();
        new EndedQuery().Of(ended).ShouldBeSameAs(ended);
    }
}
