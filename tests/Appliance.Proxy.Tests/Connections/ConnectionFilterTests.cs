using System.Net;
using Appliance.Proxy.Connections;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.Connections;

public sealed class ConnectionFilterTests
{
    private readonly FakeTimeProvider _clock = TestTime.New();

    public static TheoryData<string, bool> Texts =>
        new()
        {
            { "", true },
            { "  ", true },
            { "chat", true },
            { "CHAT pool-a", true },
            { "chat nowhere", false },
            { "10.0.0.7:4711", true },
            { "firefox", true },
            { "app.example.com", true },
            { "v2.chat", true },
            { "/rooms", true },
            { "9001", true },
        };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Text_EveryWordSomewhere_IsMeant(string text, bool meant) =>
        new ConnectionFilter { Text = text }
            .Matches(Connection())
            .ShouldBe(meant);

    [Theory]
    [InlineData("10.0.0.7", true)]
    [InlineData("10.0.0.0/8", true)]
    [InlineData("10.0.0.8", false)]
    [InlineData("2001:db8::/32", false)]
    public void Client_AddressOrNetwork_IsMeant(string client, bool meant) =>
        new ConnectionFilter { Client = ConnectionFilter.ParseClient(client).ShouldNotBeNull() }
            .Matches(Connection())
            .ShouldBe(meant);

    [Theory]
    [InlineData("10.0.0.0/99")]
    [InlineData("host")]
    [InlineData("")]
    public void ParseClient_Nonsense_IsNothing(string text) => ConnectionFilter.ParseClient(text).ShouldBeNull();

    [Fact]
    public void Times_AtLeastSoLong_AreMeant()
    {
        var connection = Connection();
        _clock.Advance(TimeSpan.FromMinutes(5));

        new ConnectionFilter { OlderThan = TimeSpan.FromMinutes(5), IdleFor = TimeSpan.FromMinutes(5) }
            .Matches(connection)
            .ShouldBeTrue();
        new ConnectionFilter { OlderThan = TimeSpan.FromMinutes(6) }
            .Matches(connection)
            .ShouldBeFalse();
        connection.Touch();
        new ConnectionFilter { IdleFor = TimeSpan.FromSeconds(1) }
            .Matches(connection)
            .ShouldBeFalse();
    }

    [Fact]
    public void Names_WithoutCase_AreMeant()
    {
        var connection = Connection();
        new ConnectionFilter
        {
            Route = "Chat",
            Pool = "POOL-A",
            Server = "http://10.1.1.1:9001",
            BeforeRevision = 8,
        }
            .Matches(connection)
            .ShouldBeTrue();
        new ConnectionFilter { Route = "cha" }
            .Matches(connection)
            .ShouldBeFalse();
        new ConnectionFilter { BeforeRevision = 7 }
            .Matches(connection)
            .ShouldBeFalse();
        new ConnectionFilter { RouteId = Guid.NewGuid() }
            .Matches(connection)
            .ShouldBeFalse();
    }

    [Fact]
    public void IsEmpty_NothingIsSet_MeansAll()
    {
        ConnectionFilter.All.IsEmpty.ShouldBeTrue();
        new ConnectionFilter { Text = " " }.IsEmpty.ShouldBeTrue();
        new ConnectionFilter { Text = "x" }.IsEmpty.ShouldBeFalse();
        new ConnectionFilter { Pool = "p" }.IsEmpty.ShouldBeFalse();
    }

    [Theory]
    [InlineData(999, null, false)]
    [InlineData(1000, null, true)]
    [InlineData(1004, null, false)]
    [InlineData(1005, null, false)]
    [InlineData(1006, null, false)]
    [InlineData(1012, null, true)]
    [InlineData(1015, null, false)]
    [InlineData(2999, null, false)]
    [InlineData(3000, null, true)]
    [InlineData(4999, null, true)]
    [InlineData(5000, null, false)]
    [InlineData(1000, 123, true)]
    [InlineData(1000, 124, false)]
    public void CloseOrderFault_CodeAndReason_OnlyWhatAFrameMayCarry(int code, int? length, bool right) =>
        (CloseOrder.Fault(code, length is { } bytes ? new string('r', bytes) : null) is null).ShouldBe(right);

    [Theory]
    [InlineData("https://app.example.com", null)]
    [InlineData("https://*.example.com:8443", null)]
    [InlineData("*", null)]
    [InlineData("null", null)]
    [InlineData("chrome-extension://abcdef", null)]
    [InlineData("app.example.com", "is not an origin")]
    [InlineData("https://", "is not an origin")]
    [InlineData("https://app.example.com/", "nothing follows")]
    public void OriginMaskFault_Shapes(string mask, string? fault)
    {
        var said = OriginMask.Fault(mask);
        if (fault is null)
            said.ShouldBeNull();
        else
            said.ShouldNotBeNull().ShouldContain(fault);
    }

    [Theory]
    [InlineData("*", "https://app.example.com", true)]
    [InlineData("*", "null", true)]
    [InlineData("https://*.example.com", "https://a.b.example.com", true)]
    [InlineData("https://*.example.com", "https://example.com", false)]
    [InlineData("https://*.example.com", "https://evil.test/.example.com", false)]
    [InlineData("https://*.example.com", "https://evil.test,https://a.example.com", false)]
    [InlineData("https://*.example.com", "https://a.example.com.evil.test", false)]
    [InlineData("HTTPS://App.example.com", "https://app.EXAMPLE.com", true)]
    [InlineData("https://app.example.com", "https://app.example.com:8443", false)]
    [InlineData("null", "https://null", false)]
    public void OriginMaskMatches_WhatAnOperatorMeans(string mask, string origin, bool matches) =>
        OriginMask.Matches(mask, origin).ShouldBe(matches);

    private LiveConnection Connection() =>
        new(_clock)
        {
            RouteId = Guid.NewGuid(),
            RouteName = "chat",
            PoolName = "pool-a",
            ServerAddress = "http://10.1.1.1:9001",
            ClientAddress = IPAddress.Parse("10.0.0.7"),
            ClientPort = 4711,
            Host = "ws.example.com",
            Path = "/rooms/1",
            Origin = "https://app.example.com",
            UserAgent = "Firefox/1",
            Subprotocol = "v2.chat",
            Revision = 7,
        };
}
