using Appliance.Web.Control;

namespace Appliance.Web.Tests.Control;

public sealed class CloseRequestTests
{
    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("\t")]
    public void Fault_SearchWithoutAWord_ClosesNothing(string search)
    {
        new CloseRequest { Filter = new() { Search = search } }
            .Fault()
            .ShouldNotBeNull()
            .ShouldContain("means every open WebSocket");
        new CloseRequest
        {
            Filter = new() { Search = search, Route = "chat" },
        }
            .Fault()
            .ShouldBeNull("the route says which");
    }

    [Fact]
    public void Fault_OneWayToSayWhich_IsNone()
    {
        new CloseRequest { All = true }
            .Fault()
            .ShouldBeNull();
        new CloseRequest { Ids = [1] }
            .Fault()
            .ShouldBeNull();
        new CloseRequest { Filter = new() { Search = "a" } }
            .Fault()
            .ShouldBeNull();
        new CloseRequest().Fault().ShouldNotBeNull();
        new CloseRequest
        {
            Ids = [1],
            Filter = new() { Search = "a" },
        }
            .Fault()
            .ShouldNotBeNull();
    }

    [Fact]
    public void Fault_FilterThatCannotBeRead_IsSaidFirst() =>
        new CloseRequest { Filter = new() { Idle = "soon" } }
            .Fault()
            .ShouldNotBeNull()
            .ShouldContain("is not a time");
}
