using Appliance.Proxy.Certificates;
using Appliance.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.Certificates;

/// <summary>The keys of session tickets live for half a day, and each certificate has its own.</summary>
public sealed class TicketKeysTests
{
    [Fact]
    public void Context_AfterHalfADay_IsAnotherOneForTheSameCertificate()
    {
        var time = new FakeTimeProvider(TestTime.Start);
        var keys = new TicketKeys(time);
        var (one, other) = (SelfMade.Make(TestTime.Start), SelfMade.Make(TestTime.Start));

        var first = keys.For(one);
        keys.For(other).ShouldNotBeSameAs(first);
        time.Advance(TicketKeys.LiveFor - TimeSpan.FromSeconds(1));
        keys.For(one).ShouldBeSameAs(first);
        time.Advance(TimeSpan.FromSeconds(1));
        var second = keys.For(one);

        second.ShouldNotBeSameAs(first);
        second.TargetCertificate.Thumbprint.ShouldBe(first.TargetCertificate.Thumbprint);
        keys.For(one).ShouldBeSameAs(second);
    }

    [Fact]
    public async Task Context_ManyHandshakesAtThatMoment_GetTheSameNewOne()
    {
        var time = new FakeTimeProvider(TestTime.Start);
        var keys = new TicketKeys(time);
        var certificate = SelfMade.Make(TestTime.Start);
        keys.For(certificate);
        time.Advance(TicketKeys.LiveFor);

        var all = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => keys.For(certificate))));

        all.Distinct().ShouldHaveSingleItem();
    }
}
