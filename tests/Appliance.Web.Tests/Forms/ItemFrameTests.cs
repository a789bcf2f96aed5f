using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;
using Appliance.Web.Forms;
using Appliance.Web.Rights;
using Appliance.Web.Tests.Controls;
using Appliance.Web.Upstreams;
using Bunit;

namespace Appliance.Web.Tests.Forms;

/// <summary>What a page draws around the fields of an item, with a form and without a browser.</summary>
public sealed class ItemFrameTests : Rendering
{
    private readonly Tab _tab = new();
    private UpstreamPool _stored = Configs.Pool("chat", "http://10.0.0.1:80") with { Id = Guid.CreateVersion7() };
    private Task<FormOutcome<UpstreamPool>> _outcome = Task.FromResult<FormOutcome<UpstreamPool>>(
        new FormOutcome<UpstreamPool>.Saved("/pools")
    );
    private IRenderedComponent<ItemFrame<UpstreamPool, PoolDraft>>? _frame;

    private IRenderedComponent<ItemFrame<UpstreamPool, PoolDraft>> Frame =>
        _frame ?? throw new InvalidOperationException("Open comes first.");

    [Fact]
    public void Untouched_HasNothingToDiscardAndNoNotice()
    {
        var form = Open();
        Frame.Find("form").GetAttribute("data-keep").ShouldBe(form.Key);
        Frame.Find("form").HasAttribute("data-dirty").ShouldBeFalse();
        Frame.FindAll(".notice").ShouldBeEmpty();
        Frame.Markup.ShouldNotContain("Discard changes");
    }

    [Fact]
    public void Typed_CanBeDiscarded()
    {
        var form = Open();
        Type(form);
        Frame.Find("form").GetAttribute("data-dirty").ShouldBe("true");
        Click("Discard changes");
        form.Draft.Name.ShouldBe("chat");
        Frame.Markup.ShouldNotContain("Not saved yet");
    }

    [Fact]
    public void OthersSaved_ShowsBothVersions_AndTheAnswersGoOn()
    {
        this.AddAuthorization().SetAuthorized("ann");
        var form = Open();
        Type(form);
        _stored = _stored with { Name = "theirs" };
        form.Others.Notice();
        Frame.Render();
        Frame.FindAll("tr.conflict td").Select(cell => cell.TextContent.Trim()).ShouldContain("theirs");
        Click("Keep mine");
        Frame.FindAll(".stale-notice").ShouldBeEmpty();
        (form.Draft.Name, form.Base).ShouldBe(("typed", SeenItem.JsonOf(_stored)));
    }

    [Fact]
    public async Task Save_SaysThatItIsUnderWay_AndWhatKeptItFromBeingSaved()
    {
        var form = Open();
        var answer = new TaskCompletionSource<FormOutcome<UpstreamPool>>();
        _outcome = answer.Task;
        Frame.Find("form").Submit();
        Frame.Find("button[type=submit]").TextContent.Trim().ShouldBe("Saving…");
        Frame.Find("button[type=submit]").HasAttribute("disabled").ShouldBeTrue();
        await Renderer.Dispatcher.InvokeAsync(() =>
            answer.SetResult(new FormOutcome<UpstreamPool>.Rejected([new("", "The disk is full.")]))
        );
        Frame.WaitForAssertion(() => Frame.Find("button[type=submit]").TextContent.Trim().ShouldBe("Save pool"));
        Frame.Find("#problems").TextContent.ShouldContain("The disk is full.");
        _tab.Focus.ShouldBe("problems");
    }

    [Fact]
    public async Task Restored_SaysSo()
    {
        var form = Open();
        _tab.Leave(form.Key!, form.Base, null, ("name", "offline"));
        await form.RestoreAsync();
        Frame.Find(".notice").TextContent.ShouldContain("Your unsaved changes were restored.");
    }

    [Fact]
    public void Viewer_MayLookOnly()
    {
        Open(Role.Viewer);
        Frame.Find("fieldset").HasAttribute("disabled").ShouldBeTrue();
        Frame.Find(".notice").TextContent.ShouldContain("You can look at this pool, not change it.");
    }

    private static void Type(ItemForm<UpstreamPool, PoolDraft> form)
    {
        form.Draft.Name = "typed";
        form.Touch("name");
    }

    private ItemForm<UpstreamPool, PoolDraft> Open(Role role = Role.Operator)
    {
        var form = new ItemForm<UpstreamPool, PoolDraft>(
            new()
            {
                NewDraft = () => new(),
                Read = (draft, problems) => draft.Read(_stored.Id, problems),
                Save = _ => _outcome,
                Stored = new()
                {
                    Find = _ => new(_stored, 1, null),
                    DraftOf = PoolDraft.Of,
                    TextOf = SeenItem.JsonOf,
                    OfText = ConfigItemJson.Read<UpstreamPool>,
                },
                Run = work => Renderer.Dispatcher.InvokeAsync(work),
                Draw = () => _frame?.Render(),
                Go = _ => { },
            },
            _tab,
            TestTime.New()
        );
        form.State.Changed += () => _frame?.Render();
        ComponentFactories.AddStub<LifePanel>(); // it reads the database
        form.Open($"upstreamPools/{_stored.Id}", _stored.Id);
        _frame = Render<ItemFrame<UpstreamPool, PoolDraft>>(parameters =>
            parameters
                .AddCascadingValue(new PageRights(new(role, AccessScope.Everything)))
                .Add(one => one.Form, form)
                .Add(one => one.Title, "chat")
                .Add(one => one.Word, "pool")
                .Add(one => one.ListPath, "/pools")
                .Add(one => one.ListName, "Upstream pools")
                .Add(one => one.Config, new() { UpstreamPools = [_stored] })
        );
        return form;
    }

    private void Click(string button) => Frame.FindAll("button").Single(one => one.TextContent.Trim() == button).Click();
}
