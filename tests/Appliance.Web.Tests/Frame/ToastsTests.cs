using Appliance.Testing;
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

    [Fact]
    public void SameMessageTwice_IsTwoMessages_EachWithItsOwnButton()
    {
        using var board = new ToastBoard(TestTime.New());
        Services.AddSingleton(board);
        var toasts = Render<Toasts>();
        var same = new Toast("The access log is off.");
        board.Show(same);
        board.Show(same);
        board.Show(new("The access log is off."));
        toasts.WaitForAssertion(() => toasts.FindAll(".toast").Count.ShouldBe(3));
        toasts.Find(".toast button").Click();
        toasts.WaitForAssertion(() => toasts.FindAll(".toast").Count.ShouldBe(2));
        board.All.Count.ShouldBe(2);
    }

    [Fact]
    public void Deletion_IsOfferedBackForAMinute_OtherNewsForSeconds()
    {
        var time = TestTime.New();
        using var board = new ToastBoard(time);
        board.Show(new("Changed pool api.", Undo: () => Task.CompletedTask));
        board.Show(new("Deleted pool api.", Undo: () => Task.CompletedTask, Loses: true));
        time.Advance(TimeSpan.FromSeconds(9));
        board.All.Select(toast => toast.Text).ShouldBe(["Deleted pool api."]);
        time.Advance(TimeSpan.FromSeconds(60));
        board.All.Count.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(60));
        board.All.ShouldBeEmpty();
    }

    [Fact]
    public void PointedAtOrFocused_Stays_AndGoesSomeTimeAfter()
    {
        var time = TestTime.New();
        using var board = new ToastBoard(time);
        Services.AddSingleton(board);
        var toasts = Render<Toasts>();
        board.Show(new("Changed pool api.", Undo: () => Task.CompletedTask));
        toasts.WaitForAssertion(() => toasts.FindAll(".toast").Count.ShouldBe(1));
        toasts.Find(".toast").MouseEnter();
        toasts.Find(".toast").FocusIn();
        time.Advance(TimeSpan.FromMinutes(5));
        toasts.Find(".toast").MouseLeave();
        time.Advance(TimeSpan.FromMinutes(5));
        board.All.Count.ShouldBe(1);
        toasts.Find(".toast").FocusOut();
        time.Advance(TimeSpan.FromSeconds(7));
        board.All.Count.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(2));
        board.All.ShouldBeEmpty();
    }
}
