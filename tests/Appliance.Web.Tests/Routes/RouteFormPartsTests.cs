using Appliance.Proxy.Config;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.Routing;
using Appliance.Testing;
using Appliance.Web.Forms;
using Appliance.Web.Routes;
using Appliance.Web.Tests.Controls;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Routes;

/// <summary>Parts of the route's form, each by itself.</summary>
public sealed class RouteFormPartsTests : Rendering
{
    [Fact]
    public void AddHeaderRule_PutsTheCursorIntoTheNewRow()
    {
        List<RuleDraft> rows = [new() { Name = "X-One" }];
        var rules = Render<CascadingValue<FormState>>(parameters =>
            parameters
                .Add(one => one.Value, new FormState())
                .Add(one => one.IsFixed, true)
                .AddChildContent<RuleRows>(child =>
                    child.Add(one => one.Title, "Request headers").Add(one => one.Path, "requestHeaders").Add(one => one.Rows, rows)
                )
        );
        rules.FindAll("button").Single(button => button.TextContent.Trim() == "Add header rule").Click();
        rules.WaitForAssertion(() =>
            JSInterop.Invocations["appliance.focus"].ShouldHaveSingleItem().Arguments.ShouldBe(["f-requestHeaders-1-name"])
        );
        rows.Count.ShouldBe(2);
        rules.FindAll("#f-requestHeaders-1-name").Count.ShouldBe(1);
    }

    [Fact]
    public void Preview_BeforeAPoolIsChosen_AsksForOneAndFindsNoFault()
    {
        var preview = Preview(pool: "");
        preview.Markup.ShouldContain("Choose an upstream pool");
        preview.Markup.ShouldNotContain("does not exist");
        preview.Markup.ShouldNotContain("no server");
        preview.Markup.ShouldContain("Matches this route");
    }

    [Fact]
    public void Preview_PoolThatIsGone_SaysSo() => Preview(pool: "gone").Markup.ShouldContain("Pool gone does not exist");

    [Fact]
    public void Preview_ShowsWhatTheRouteAddsToTheAnswer()
    {
        var preview = Preview(
            new Route
            {
                Name = "moved",
                Path = "/",
                Action = new RouteAction.Redirect { Location = "https://new.example.com/" },
                ResponseHeaders = [new() { Name = "X-Host", Value = "$host" }],
            }
        );
        preview.Find("[aria-label='Response headers of the route']").TextContent.ShouldContain("X-Host: example.com");
        preview.FindAll("[aria-label='Request to the upstream']").ShouldBeEmpty();
    }

    [Fact]
    public void Preview_RouteThatCannotWork_SaysWhyAndNothingGood()
    {
        var preview = Preview(Configs.Proxy("new") with { RequestHeaders = [new() { Name = "X-Kind", Value = "$no_such_thing" }] });
        preview.Find(".preview-outcome").TextContent.Trim().ShouldBe("This route cannot work as it is");
        preview.Markup.ShouldContain("$no_such_thing");
        preview.Markup.ShouldNotContain("503");
    }

    private IRenderedComponent<RequestPreviewPanel> Preview(string pool) => Preview(Configs.Proxy("new", pool: pool));

    private IRenderedComponent<RequestPreviewPanel> Preview(Route route)
    {
        Services.AddSingleton(TimeProvider.System);
        return Render<RequestPreviewPanel>(parameters =>
            parameters
                .Add(one => one.Preview, RequestPreview.Compile(new ProxyConfig { Routes = [route] }, null))
                .Add(one => one.Route, route)
                .Add(one => one.Asked, [])
        );
    }
}
