using Appliance.Web.Forms;
using Appliance.Web.Tests.Controls;
using Bunit;

namespace Appliance.Web.Tests.Forms;

/// <summary>A field: its label, its value, its problems, and how they hang together for people who do not see them.</summary>
public sealed class FieldTests : Rendering
{
    private readonly FormState _state = new();

    [Fact]
    public void Text_IsLabelledAndNamedByItsPath()
    {
        var field = Text("servers/0/address", "Address", hint: "As http://host:port.");
        var input = field.Find("input");
        input.Id.ShouldBe("f-servers-0-address");
        input.GetAttribute("name").ShouldBe("servers/0/address");
        field.Find("label").GetAttribute("for").ShouldBe(input.Id);
        field.Find("label").TextContent.Trim().ShouldBe("Address");
        input.GetAttribute("aria-describedby").ShouldBe("f-servers-0-address-hint");
        field.Find("#f-servers-0-address-hint").TextContent.ShouldBe("As http://host:port.");
        input.HasAttribute("aria-invalid").ShouldBeFalse();
    }

    [Fact]
    public void Text_EveryStroke_IsHandedOnAndTouchesItsPath()
    {
        var (typed, touched) = (new List<string>(), 0);
        _state.Changed += () => touched++;
        var field = Text("name", "Name", changed: typed.Add);
        field.Find("input").Input("c");
        field.Find("input").Input("ch");
        typed.ShouldBe(["c", "ch"]);
        touched.ShouldBe(2);
    }

    [Fact]
    public void Problems_AreShownOnceTheFieldWasTouched()
    {
        var field = Text("name", "Name");
        Find(new FieldProblem("name", "A route needs a name."), new("path", "Not here."));
        field.FindAll(".error").ShouldBeEmpty();
        field.Find("input").Input("");
        Find(new FieldProblem("name", "A route needs a name."));
        field.WaitForAssertion(() => field.Find(".error").TextContent.Trim().ShouldBe("A route needs a name."));
        var input = field.Find("input");
        input.GetAttribute("aria-invalid").ShouldBe("true");
        input.GetAttribute("aria-describedby").ShouldBe("f-name-problems");
        field.Find("#f-name-problems").TextContent.ShouldContain("A route needs a name.");
        field.Find(".field").ClassList.ShouldContain("wrong");
    }

    [Fact]
    public void Warning_DoesNotMarkTheFieldAsWrong()
    {
        var field = Text("name", "Name", hint: "In lists.");
        _state.Try();
        Find(new FieldProblem("name", "Another route is called almost the same.", IsWarning: true));
        field.WaitForAssertion(() => field.Find(".warning").TextContent.ShouldContain("almost the same"));
        field.Find("input").HasAttribute("aria-invalid").ShouldBeFalse();
        field.Find("input").GetAttribute("aria-describedby").ShouldBe("f-name-problems f-name-hint");
        field.Find(".field").ClassList.ShouldNotContain("wrong");
    }

    [Fact]
    public void Problem_OfAnEntry_IsShownAtTheListsField()
    {
        var field = Text("hosts", "Hosts", lines: 2);
        _state.Try();
        Find(new FieldProblem("hosts/1", "b_ad is no host name."), new("hostsOfOthers", "Not here."));
        field.WaitForAssertion(() => field.FindAll(".error").Count.ShouldBe(1));
        field.Find("textarea").GetAttribute("aria-invalid").ShouldBe("true");
    }

    [Fact]
    public void UnderHeading_KeepsItsLabelForThoseWhoDoNotSee()
    {
        var field = Render<TextField>(parameters =>
            parameters
                .AddCascadingValue(_state)
                .Add(one => one.Label, "Weight")
                .Add(one => one.Path, "servers/0/weight")
                .Add(one => one.Value, "1")
                .Add(one => one.HideLabel, true)
        );
        field.Find("label").TextContent.Trim().ShouldBe("Weight");
        field.Find("label").GetAttribute("for").ShouldBe(field.Find("input").Id);
        field.Find(".under-heading").ShouldNotBeNull();
    }

    [Fact]
    public void Select_ShowsItsValueAndHandsTheChoiceOn()
    {
        var chosen = "";
        var field = Render<SelectField>(parameters =>
            parameters
                .AddCascadingValue(_state)
                .Add(one => one.Label, "Balancing")
                .Add(one => one.Path, "balancing")
                .Add(one => one.Value, "b")
                .Add(one => one.Options, [("a", "Round robin"), ("b", "Least connections")])
                .Add(one => one.ValueChanged, value => chosen = value)
        );
        field.Find("option[selected]").TextContent.ShouldBe("Least connections");
        field.Find("select").Change("a");
        chosen.ShouldBe("a");
        field.Find("label").GetAttribute("for").ShouldBe(field.Find("select").Id);
    }

    [Fact]
    public void Check_IsABoxWithItsPathAndItsHint()
    {
        bool? now = null;
        var field = Render<CheckField>(parameters =>
            parameters
                .AddCascadingValue(_state)
                .Add(one => one.Label, "On")
                .Add(one => one.Path, "enabled")
                .Add(one => one.Value, true)
                .Add(one => one.Hint, "Off: it matches nothing.")
                .Add(one => one.ValueChanged, value => now = value)
        );
        var box = field.Find("input[type=checkbox]");
        box.Id.ShouldBe("f-enabled");
        box.GetAttribute("name").ShouldBe("enabled");
        box.HasAttribute("checked").ShouldBeTrue();
        box.GetAttribute("aria-describedby").ShouldBe("f-enabled-hint");
        box.Change(false);
        now.ShouldBe(false);
    }

    [Fact]
    public void Secret_NeverDrawsWhatWasTyped()
    {
        var typed = "";
        var field = Render<SecretField>(parameters =>
            parameters
                .AddCascadingValue(_state)
                .Add(one => one.Label, "HMAC key")
                .Add(one => one.Path, "eab/hmac")
                .Add(one => one.Typed, value => typed = value)
        );
        field.Find("input").Change("s3cret");
        typed.ShouldBe("s3cret");
        field.Markup.ShouldNotContain("s3cret");
        field.Find("input").GetAttribute("type").ShouldBe("password");
        field.Find("input").HasAttribute("name").ShouldBeFalse();
    }

    [Fact]
    public void Summary_LinksEachProblemToItsField()
    {
        var summary = Render<ProblemSummary>(parameters => parameters.AddCascadingValue(_state));
        Find(new FieldProblem("servers/0/address", "An address is needed."), new("", "Nothing can be stored now."));
        summary.FindAll("li").ShouldBeEmpty();
        _state.Try();
        Find(new FieldProblem("servers/0/address", "Another sentence."), new("", "Nothing can be stored now."));
        summary.WaitForAssertion(() => summary.FindAll("li").Count.ShouldBe(2));
        summary.Find("li a").GetAttribute("href").ShouldEndWith("#f-servers-0-address");
        summary.FindAll("li")[1].QuerySelector("a").ShouldBeNull();
    }

    // As a page checks its draft: on the dispatcher of what is rendered.
    private void Find(params FieldProblem[] problems) =>
        Renderer.Dispatcher.InvokeAsync(() => _state.Set(problems)).GetAwaiter().GetResult();

    private IRenderedComponent<TextField> Text(
        string path,
        string label,
        string? hint = null,
        int lines = 1,
        Action<string>? changed = null
    ) =>
        Render<TextField>(parameters =>
            parameters
                .AddCascadingValue(_state)
                .Add(one => one.Label, label)
                .Add(one => one.Path, path)
                .Add(one => one.Value, "")
                .Add(one => one.Hint, hint)
                .Add(one => one.Lines, lines)
                .Add(one => one.ValueChanged, value => changed?.Invoke(value))
        );
}
