using Appliance.Web.Connections;

namespace Appliance.Web.Tests.Connections;

public sealed class ConnectionQueryTests
{
    [Theory]
    [InlineData("")]
    [InlineData("?route=chat")]
    [InlineData(
        "?q=two%20words&route=a%26b&pool=p&server=http%3A%2F%2F127.0.0.1%3A80&client=10.0.0.0%2F8&age=5m&idle=30s&sort=-bytes&page=3"
    )]
    [InlineData("?client=%3A%3A1&idle=nonsense")]
    public void Address_OfWhatWasRead_IsTheSame(string query) =>
        ConnectionQuery.Parse("http://localhost/connections" + query).Address().ShouldBe("/connections" + query);

    [Theory]
    [InlineData("?sort=nothing", "")]
    [InlineData("?page=0", "")]
    [InlineData("?page=-3", "")]
    [InlineData("?page=many&unknown=1", "")]
    [InlineData("?route=chat#main", "?route=chat")]
    public void Parse_WhatMakesNoSense_IsLeftOut(string query, string kept) =>
        ConnectionQuery.Parse("/connections" + query).Address().ShouldBe("/connections" + kept);

    [Fact]
    public void Filter_MeansWhatWasTyped()
    {
        var filter = ConnectionQuery.Parse("/connections?q=x&route=chat&client=10.0.0.0/8&age=5m&idle=30s").Filter.ShouldNotBeNull();
        filter.Route.ShouldBe("chat");
        filter.Pool.ShouldBeNull();
        filter.OlderThan.ShouldBe(TimeSpan.FromMinutes(5));
        filter.IdleFor.ShouldBe(TimeSpan.FromSeconds(30));
        filter.Matches(Connected.To("chat", path: "/x")).ShouldBeFalse("it is not old enough");
        (filter with { OlderThan = null, IdleFor = null }).Matches(Connected.To("chat", path: "/x")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("?client=10.0.0.0/99")]
    [InlineData("?age=old")]
    [InlineData("?idle=5x")]
    public void Filter_OfAFieldThatCannotBeRead_MeansNothingAtAll(string query)
    {
        var read = ConnectionQuery.Parse("/connections" + query);
        read.Filter.ShouldBeNull();
        (read.ClientFault ?? read.AgeFault ?? read.IdleFault).ShouldNotBeNull();
        ConnectionPage.Of([Connected.To("chat")], read).Count.ShouldBe(0);
    }

    [Fact]
    public void OpenIn_TheNumberOrNothing()
    {
        ConnectionQuery.OpenIn("/connections?route=a&id=17").ShouldBe(17);
        ConnectionQuery.OpenIn("/connections?id=x").ShouldBeNull();
        ConnectionQuery.OpenIn("/connections").ShouldBeNull();
        new ConnectionQuery { Route = "a" }
            .Address(17)
            .ShouldBe("/connections?route=a&id=17");
    }

    [Fact]
    public void SortBy_GoesRoundAndBeginsWithTheFirstPage()
    {
        var (route, bytes) = (ConnectionColumn.Find("route")!, ConnectionColumn.Find("bytes")!);
        var query = new ConnectionQuery { Page = 4 };
        string[] texts =
        [
            query.SortBy(route).Sort,
            query.SortBy(route).SortBy(route).Sort,
            query.SortBy(route).SortBy(route).SortBy(route).Sort,
        ];
        texts.ShouldBe(["route", "-route", ""]);
        query.SortBy(bytes).ShouldBe(new() { Sort = "-bytes" });
        query.SortBy(bytes).SortBy(bytes).Sort.ShouldBe("bytes");
    }

    [Fact]
    public void IsFiltered_OrderAndPageAreNoFilter()
    {
        new ConnectionQuery { Sort = "age", Page = 2 }.IsFiltered.ShouldBeFalse();
        new ConnectionQuery { Text = "x" }.IsFiltered.ShouldBeTrue();
    }
}
