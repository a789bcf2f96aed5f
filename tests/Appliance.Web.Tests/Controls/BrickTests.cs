using Appliance.Web.Controls;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace Appliance.Web.Tests.Controls;

/// <summary>The bricks that every page is built from.</summary>
public sealed class BrickTests : Rendering
{
    [Theory]
    [InlineData(0, "1–50 of 120", true, false)]
    [InlineData(1, "51–100 of 120", false, false)]
    [InlineData(2, "101–120 of 120", false, true)]
    public void Pager_SaysWhereOneIs(int page, string words, bool isFirst, bool isLast)
    {
        var asked = -1;
        var pager = Render<Pager>(parameters =>
            parameters
                .Add(one => one.Count, 120)
                .Add(one => one.Size, 50)
                .Add(one => one.Page, page)
                .Add(one => one.PageChanged, next => asked = next)
        );
        pager.Find("span:not([class])").TextContent.ShouldBe(words);
        var buttons = pager.FindAll("button");
        (buttons[0].HasAttribute("disabled"), buttons[1].HasAttribute("disabled")).ShouldBe((isFirst, isLast));
        if (isLast)
            return;
        buttons[1].Click();
        asked.ShouldBe(page + 1);
    }

    [Fact]
    public void Pager_OnePage_IsNotThere() =>
        Render<Pager>(parameters => parameters.Add(one => one.Count, 50).Add(one => one.Size, 50)).Markup.Trim().ShouldBeEmpty();

    [Theory]
    [InlineData("name", false, "ascending")]
    [InlineData("name", true, "descending")]
    [InlineData("path", false, "none")]
    public void SortHeading_SaysItsOrder(string sorting, bool down, string order)
    {
        var asked = "";
        var heading = Render<SortHeading>(parameters =>
            parameters
                .Add(one => one.Column, "name")
                .Add(one => one.Text, "Name")
                .Add(one => one.Sorting, sorting)
                .Add(one => one.Down, down)
                .Add(one => one.Sort, column => asked = column)
        );
        heading.Find("th").GetAttribute("aria-sort").ShouldBe(order);
        heading.Find("button").Click();
        asked.ShouldBe("name");
    }

    [Fact]
    public void Breadcrumb_LeadsUpAndNamesThePage()
    {
        var crumbs = Render<Breadcrumb>(parameters =>
            parameters.Add(one => one.Up, [("Certificates", "/certificates"), ("www", "/certificates/1")]).Add(one => one.Here, "Replace")
        );
        crumbs
            .FindAll("nav a")
            .Select(link => (link.TextContent, link.GetAttribute("href")))
            .ShouldBe([("Certificates", "/certificates"), ("www", "/certificates/1")]);
        crumbs.Find("[aria-current=page]").TextContent.ShouldBe("Replace");
    }

    [Fact]
    public void RowButton_HasANameAndActs()
    {
        var clicks = 0;
        var button = Render<RowButton>(parameters =>
            parameters
                .Add(one => one.Icon, "delete")
                .Add(one => one.Label, "Delete chat")
                .Add(one => one.Title, "Delete")
                .Add(one => one.OnClick, () => clicks++)
        );
        button.Find("button").GetAttribute("aria-label").ShouldBe("Delete chat");
        button.Find("button").Click();
        clicks.ShouldBe(1);
    }

    [Fact]
    public void RowButton_WithAnAddress_IsALink() =>
        Render<RowButton>(parameters =>
                parameters.Add(one => one.Icon, "edit").Add(one => one.Label, "Edit chat").Add(one => one.Href, "/routes/1")
            )
            .Find("a")
            .GetAttribute("href")
            .ShouldBe("/routes/1");

    [Fact]
    public void Locked_DisablesWhatIsInside_AndSaysWhy()
    {
        var locked = Render<Locked>(parameters =>
            parameters.Add(one => one.Why, "Only operators may.").AddChildContent("<button>Delete</button>")
        );
        locked.Find("fieldset[disabled]").GetAttribute("title").ShouldBe("Only operators may.");
        Render<Locked>(parameters => parameters.Add(one => one.Why, null).AddChildContent("<button>Delete</button>"))
            .FindAll("fieldset")
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task Question_Answered_SaysSo_Cancelled_SaysNothing()
    {
        var dialogs = Render<MudDialogProvider>();
        var questions = new Questions(Services.GetRequiredService<IDialogService>());
        foreach (var (button, answer) in new[] { ("Delete person", (object?)true), ("Cancel", null) })
        {
            var asked = dialogs.InvokeAsync(() =>
                questions.AskAsync<ConfirmDialog>(
                    "Delete ann?",
                    new() { { dialog => dialog.Text, "The account is gone." }, { dialog => dialog.Verb, "Delete person" } }
                )
            );
            dialogs.WaitForAssertion(() => dialogs.Find(".mud-dialog-title").TextContent.ShouldContain("Delete ann?"));
            dialogs.Find(".mud-dialog-content").TextContent.ShouldContain("The account is gone.");
            await dialogs.InvokeAsync(() => dialogs.FindAll("button").Single(one => one.TextContent.Trim() == button).Click());
            (await asked).ShouldBe(answer);
            dialogs.WaitForAssertion(() => dialogs.FindAll(".mud-dialog").ShouldBeEmpty());
        }
    }
}
