using Appliance.Proxy.Dialing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Dialing;

public sealed class SaidFaultsTests
{
    [Fact]
    public void Due_SameReasonOfSameServer_OnceAMinuteWithHowOften()
    {
        var time = TestTime.New();
        var said = new SaidFaults(time);
        (said.Due("http://a", "refused"), said.Due("http://a", "refused")).ShouldBe((1, 0));
        (said.Due("http://a", "late"), said.Due("http://b", "refused")).ShouldBe((1, 1));
        time.Advance(TimeSpan.FromSeconds(59));
        said.Due("http://a", "refused").ShouldBe(0);
        time.Advance(TimeSpan.FromSeconds(1));
        (said.Due("http://a", "refused"), said.Due("http://a", "refused")).ShouldBe((3, 0));
        time.Advance(TimeSpan.FromMinutes(1));
        said.Due("http://b", "refused").ShouldBe(1);
        SaidFaults.HowOften(1).ShouldBe("said once a minute");
        SaidFaults.HowOften(3).ShouldBe("3 times since the line before; said once a minute");
    }
}
