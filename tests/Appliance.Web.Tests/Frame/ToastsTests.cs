using Appliance.Web.Controls;
using Appliance.Web.Frame;
using Appliance.Web.Tests.Controls;
using Bunit;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Frame;

public sealed class ToastsTests : Rendering
{
    [Fact]
    public void NextStep_IsALinkBesideUndo()
    {
        using var board = new ToastBoard(TimeProvider.System);
        Services.AddSingleton(board);
        var toasts = Render<Toasts>();
        board.Show(new("Added pool api.", Undo: () => Task.CompletedTask, Next: new("Add a route to it", "/routes/new?pool=api")));
        toasts.WaitForAssertion(() => toasts.Find("a").GetAttribute("href").ShouldBe("/routes/new?pool=api"));
        toasts.Find("a").TextContent.Trim().ShouldBe("Add a route to it");
        toasts.FindAll("button").Select(button => button.TextContent.Trim()).ShouldContain("Undo");
        board.Show(new("Changed pool api."));
        toasts.WaitForAssertion(() => toasts.FindAll(".toast").Count.ShouldBe(2));
        toasts.FindAll("a").Count.ShouldBe(1);
    }
}
