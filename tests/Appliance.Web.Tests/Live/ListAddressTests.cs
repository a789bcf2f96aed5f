using Appliance.Web.Live;

namespace Appliance.Web.Tests.Live;

public sealed class ListAddressTests
{
    [Fact]
    public void Address_OfEverything_IsReadBackAsItWas()
    {
        var place = new ListAddress
        {
            Text = "a b&c=ü ",
            Tag = "team/a",
            Group = "host",
            Sort = "-name",
            Page = 2,
        };
        var address = place.Address("/routes");
        address.ShouldBe("/routes?q=a%20b%26c%3D%C3%BC%20&tag=team%2Fa&group=host&sort=-name&page=3");
        ListAddress.Parse("http://localhost:8081" + address).ShouldBe(place);
        ListAddress.Parse(address + "#main").ShouldBe(place);
    }

    [Fact]
    public void Address_OfNothing_IsTheBarePath()
    {
        new ListAddress().Address("/pools").ShouldBe("/pools");
        ListAddress.Parse("http://localhost:8081/pools").ShouldBe(new());
    }

    // History of one item: the page reads ?item= itself.
    [Fact]
    public void Address_WhatThePageReadsItself_Stays()
    {
        var place = ListAddress.Parse("/history?item=1a%262&q=ann&mine");
        (place with { Text = "bob", Page = 1 }).Address("/history").ShouldBe("/history?item=1a%262&mine=&q=bob&page=2");
    }

    [Theory]
    [InlineData("?page=0", 0)]
    [InlineData("?page=-7", 0)]
    [InlineData("?page=x", 0)]
    [InlineData("?page=99999999999", 0)]
    [InlineData("?page=1", 0)]
    [InlineData("?page=4", 3)]
    public void Parse_Page_IsOneThatCanBe(string address, int page) => ListAddress.Parse(address).Page.ShouldBe(page);
}
