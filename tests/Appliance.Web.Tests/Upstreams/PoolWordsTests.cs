using Appliance.Proxy.Upstreams;
using Appliance.Web.Upstreams;

namespace Appliance.Web.Tests.Upstreams;

public sealed class PoolWordsTests
{
    [Fact]
    public void Unusual_Defaults_SaysNothing() =>
        PoolWords.Unusual(new() { Address = "http://10.0.0.1:80", Weight = "7" }, null).ShouldBeEmpty();

    [Theory]
    [InlineData(ServerCarrier.Unknown, "known after the first connection")]
    [InlineData(ServerCarrier.OwnHttp1, "HTTP/1.1, by Appliance's own forwarder")]
    [InlineData(ServerCarrier.YarpHttp1, "HTTP/1.1, by YARP's forwarder")]
    [InlineData(ServerCarrier.YarpHttp2, "HTTP/2, by YARP's forwarder")]
    public void Carried_SaysTheVersionAndTheForwarder(ServerCarrier carrier, string words) => PoolWords.Carried(carrier).ShouldBe(words);

    [Fact]
    public void Unusual_NamesWhatTheSecondLineHas()
    {
        PoolWords
            .Unusual(
                new()
                {
                    Backup = true,
                    Down = true,
                    MaxConns = "50",
                },
                null
            )
            .ShouldBe("down, backup, at most 50 connections");
        PoolWords.Unusual(new() { MaxFails = "3" }, null).ShouldBe("out after 3 failures in 10s");
        PoolWords.Unusual(new() { FailTimeout = "1m" }, null).ShouldBe("out after 1 failure in 1m");
        PoolWords.Unusual(new() { MaxFails = "0", FailTimeout = "1m" }, null).ShouldBe("never taken out");
    }
}
