using Appliance.Data.Revisions;
using Appliance.Proxy.Config;

namespace Appliance.Data.Tests.Revisions;

public sealed class ItemTablesTests
{
    [Fact]
    public void All_Kinds_HaveATableEach()
    {
        ItemTables
            .InOrder.Select(table => table.Kind)
            .ShouldBe(ItemKinds.All, "Add the kind's row and its line in ItemTables, and a migration.");
        ItemTables.All.Length.ShouldBe(ItemKinds.All.Length);
        ItemTables.All.Select(table => table.Name).ShouldBeUnique();
    }
}
