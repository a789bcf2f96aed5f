using Appliance.Web.Connections;

namespace Appliance.Web.Tests.Connections;

public sealed class ConnectionTableTests
{
    [Fact]
    public void Selection_ThisPageThenAllThenOneLess_LeavesThePageWithoutIt()
    {
        var changes = 0;
        var table = new ConnectionTable(() => changes++, _ => Task.CompletedTask);
        var page = new ConnectionPage(100, 0, [new ConnectionRow(Connected.To("a"))]);
        table.SelectPage(page, true);
        table.IsSelected(0).ShouldBeTrue();
        table.IsSelected(7).ShouldBeFalse();
        table.SelectFound();
        table.IsSelected(7).ShouldBeTrue();
        table.Toggle(0, page);
        (table.AllFound, table.Selected.Count, changes).ShouldBe((false, 0, 4));
        table.Toggle(7, page);
        table.Forget(id => id == 7).ShouldBeTrue();
        table.Selected.ShouldBeEmpty();
    }
}
