using Appliance.Proxy.Connections;
using Appliance.Testing;
using Appliance.Web.Connections;
using Appliance.Web.Control;
using Appliance.Web.Tests.Connections;

namespace Appliance.Web.Tests.Control;

public sealed class ConnectionOrderTests
{
    [Fact]
    public void Columns_AreTheNumberAndThoseOfTheConsole()
    {
        ConnectionOrder.Columns.ShouldBe(["id", .. ConnectionColumn.All.Select(column => column.Key)]);
        foreach (var column in ConnectionOrder.Columns)
            ConnectionOrder.Fault(column).ShouldBeNull();
        ConnectionOrder.Fault("rout").ShouldNotBeNull().ShouldContain("Did you mean route?");
    }

    [Fact]
    public void Sort_EveryColumn_GoesBothWays()
    {
        LiveConnection[] all = [Connected.To("b"), Connected.To("a", client: "10.0.0.2")];
        foreach (var column in ConnectionOrder.Columns)
        {
            ConnectionOrder.Sort(all, column, descending: false).Count().ShouldBe(2);
            ConnectionOrder.Sort(all, column, descending: true).Count().ShouldBe(2);
        }

        ConnectionOrder.Sort(all, "route", descending: false).Select(one => one.RouteName).ShouldBe(["a", "b"]);
        ConnectionOrder.Sort(all, "route", descending: true).Select(one => one.RouteName).ShouldBe(["b", "a"]);
    }

    [Fact]
    public void Sort_WithoutAColumn_OldestFirst()
    {
        var time = TestTime.New();
        LiveConnection[] all = [.. Enumerable.Range(1, 3).Select(number => Connected.To($"r{number}", time: time))];
        ConnectionOrder.Sort(all, null, descending: false).Select(one => one.RouteName).ShouldBe(["r1", "r2", "r3"]);
        ConnectionOrder.Sort(all, "id", descending: false).ShouldBe(ConnectionOrder.Sort(all, null, descending: false));
    }
}
