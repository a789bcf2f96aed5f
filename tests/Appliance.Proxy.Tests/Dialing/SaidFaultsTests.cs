using Appliance.Proxy.Dialing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Dialing;

public sealed class SaidFaultsTests
{
    [Fact]
    public void IsDue_SameReasonOfSameServer_OnceAMinute()
    {
        var time = TestTime.New();
        var said = new SaidFaults(time);
        (said.IsDue("http://a", "refused"), said.IsDue("http://a", "refused")).ShouldBe((true, false));
        (said.IsDue("http://a", "late"), said.IsDue("http://b", "refused")).ShouldBe((true, true));
        time.Advance(TimeSpan.FromSeconds(59));
        said.IsDue("http://a", "refused").ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        (said.IsDue("http://a", "refused"), said.IsDue("http://a", "refused")).ShouldBe((true, false));
    }
}
