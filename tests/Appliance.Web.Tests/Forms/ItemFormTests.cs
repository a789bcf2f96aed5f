using Appliance.Proxy.Config;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;
using Appliance.Web.Forms;
using Appliance.Web.Rights;
using Appliance.Web.Upstreams;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Forms;

/// <summary>
/// A form without a page and without a browser: what it keeps, checks and saves, and what it does when somebody else was faster.
/// </summary>
public sealed class ItemFormTests : IDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(150);
    private readonly FakeTimeProvider _time = TestTime.New();
    private readonly Tab _tab = new();
    private readonly List<FormSave<UpstreamPool>> _saved = [];
    private readonly List<string> _visited = [];
    private readonly List<Func<Task<bool>>> _discarded = [];
    private readonly List<ItemForm<UpstreamPool, PoolDraft>> _forms = [];
    private UpstreamPool? _stored = Configs.Pool("chat", "http://10.0.0.1:80") with { Id = Guid.CreateVersion7() };
    private FormOutcome<UpstreamPool>? _outcome;
    private FieldProblem? _refusal;
    private Task _waits = Task.CompletedTask;

    public void Dispose() => _forms.ForEach(form => form.Dispose());

    [Fact]
    public void Typed_IsCheckedAndKeptAfterAPause()
    {
        var form = Open();
        Type(form, "weight");
        _tab[form.Key!].ShouldBeNull();
        form.State.HasErrors.ShouldBeFalse();
        _time.Advance(_pause);
        form.State.At("servers/0/weight").ShouldHaveSingleItem();
        var kept = _tab[form.Key!].ShouldNotBeNull();
        kept.To(new PoolDraft())!.Servers[0].Weight.ShouldBe("heavy");
        kept.Base.ShouldBe(form.Base);
        form.Dirty.ShouldBeTrue();
    }

    [Fact]
    public void Comment_OfAnUntouchedForm_IsNotKept_AndWithADraftItIs()
    {
        var form = Open();
        form.Comment = "why";
        _time.Advance(_pause);
        _tab[form.Key!].ShouldBeNull();
        Type(form);
        _time.Advance(_pause);
        _tab[form.Key!]!.Beside()["comment"].ShouldBe("why");
    }

    [Fact]
    public void Kept_WhileTheConnectionIsAway_IsTriedUntilItIsBack()
    {
        var form = Open();
        _tab.IsAway = true;
        Type(form);
        _time.Advance(_pause);
        _time.Advance(_pause);
        _tab[form.Key!].ShouldBeNull();
        _tab.IsAway = false;
        _time.Advance(_pause);
        _tab[form.Key!].ShouldNotBeNull();
    }

    [Fact]
    public void Kept_StrokeThatWasNotHeard_IsSaidAgain()
    {
        var form = Open();
        _tab.Heard = (_, value) => form.Draft.Name = value;
        Type(form);
        _tab.Type("name", "lost");
        _time.Advance(_pause);
        form.Draft.Name.ShouldBe("lost");
    }

    [Fact]
    public async Task Restored_Draft_ComesBackWithItsCommentAndItsBase()
    {
        var first = Open();
        Type(first);
        first.Comment = "because";
        _time.Advance(_pause);
        var (key, based) = (first.Key!, first.Base);
        first.Dispose();

        var form = Open();
        form.Restored.ShouldBeFalse();
        await form.RestoreAsync();
        (form.Restored, form.Dirty, form.Comment, form.Draft.Name, form.Base, form.Key).ShouldBe(
            (true, true, "because", "typed", based, key)
        );
        form.Others.Stale.ShouldBeNull();
    }

    [Fact]
    public async Task Restored_FieldsAlone_AreOverWhatIsStored()
    {
        var form = Open();
        _tab.Leave(form.Key!, null, null, ("name", "offline"), ("nobodys", "x"));
        var based = form.Base;
        await form.RestoreAsync();
        (form.Draft.Name, form.Draft.Servers[0].Address, form.Base).ShouldBe(("offline", "http://10.0.0.1:80", based));
    }

    [Fact]
    public async Task Restored_OverWhatSomebodyElseSavedMeanwhile_IsStale()
    {
        var first = Open();
        Type(first);
        _time.Advance(_pause);
        first.Dispose();
        _stored = _stored! with { Tags = ["theirs"] };
        var form = Open();
        await form.RestoreAsync();
        form.Others.Stale.ShouldNotBeNull()
            .Differences.Select(difference => difference.Property)
            .ShouldBe(["tags", "name"], ignoreOrder: true);
    }

    [Fact]
    public async Task Restored_WhatIsStored_IsNoRestoredDraft()
    {
        var form = Open();
        _tab.Leave(form.Key!, form.Base, KeptDraft.Write(form.Draft));
        await form.RestoreAsync();
        (form.Restored, form.Dirty).ShouldBe((false, false));
    }

    [Fact]
    public async Task Discard_GoesBackToWhatIsStored_AndForgets()
    {
        var form = Open();
        Type(form);
        _time.Advance(_pause);
        await form.DiscardAsync();
        (form.Draft.Name, form.Dirty, _tab[form.Key!]).ShouldBe(("chat", false, null));
        _time.Advance(_pause);
        _tab[form.Key!].ShouldBeNull();
    }

    [Fact]
    public void OthersSaved_WhileNothingIsTyped_IsTakenWithoutAWord()
    {
        var form = Open();
        _stored = _stored! with { Tags = ["theirs"] };
        form.Others.Notice();
        (form.Draft.Tags, form.Others.Stale).ShouldBe(("theirs", null));
    }

    [Fact]
    public async Task OthersSaved_Merge_TakesTheirsWhereNothingWasTyped()
    {
        var form = Stale();
        form.Others.Stale.ShouldNotBeNull().IsGone.ShouldBeFalse();
        await form.Others.MergeAsync();
        (form.Draft.Name, form.Draft.Tags, form.Others.Stale).ShouldBe(("typed", "theirs", null));
        await form.SaveAsync();
        var save = _saved.ShouldHaveSingleItem();
        save.Base.ShouldBe(SeenItem.JsonOf(_stored!));
        (save.Item.Name, save.Item.Tags.Single()).ShouldBe(("typed", "theirs"));
    }

    [Fact]
    public async Task OthersSaved_KeepMine_SavesMineOverTheirs()
    {
        var form = Stale();
        await form.Others.KeepMineAsync();
        await form.SaveAsync();
        var save = _saved.ShouldHaveSingleItem();
        save.Base.ShouldBe(SeenItem.JsonOf(_stored!));
        (save.Item.Name, save.Item.Tags.Length).ShouldBe(("typed", 0));
    }

    [Fact]
    public async Task OthersSaved_TakeTheirs_DropsMine()
    {
        var form = Stale();
        await form.Others.TakeTheirsAsync();
        (form.Draft.Name, form.Draft.Tags, form.Dirty, form.Others.Stale).ShouldBe(("chat", "theirs", false, null));
    }

    [Fact]
    public async Task OthersDeleted_KeepMine_IsSavedAsSomethingNew()
    {
        var form = Open();
        Type(form);
        _stored = null;
        form.Others.Notice();
        form.Others.Stale.ShouldNotBeNull().IsGone.ShouldBeTrue();
        await form.Others.KeepMineAsync();
        await form.SaveAsync();
        _saved.ShouldHaveSingleItem().Base.ShouldBeNull();
    }

    [Fact]
    public async Task Save_OthersWereFaster_ShowsTheirsAndKeepsMine()
    {
        var form = Open();
        Type(form);
        _outcome = new FormOutcome<UpstreamPool>.Stale(new(_stored! with { Tags = ["theirs"] }, 7, null));
        await form.SaveAsync();
        form.Others.Stale.ShouldNotBeNull().Revision.ShouldBe(7);
        (form.Draft.Name, _visited.Count).ShouldBe(("typed", 0));
        _tab[form.Key!].ShouldNotBeNull();
    }

    [Fact]
    public async Task Save_ForgetsTheDraftAndGoesToTheList()
    {
        var form = Open();
        Type(form);
        form.Comment = "why";
        _time.Advance(_pause);
        await form.SaveAsync();
        _saved.ShouldHaveSingleItem().Comment.ShouldBe("why");
        (_visited.Single(), form.Dirty, form.Busy, _tab[form.Key!]).ShouldBe(("/pools", false, false, null));
    }

    [Fact]
    public async Task Save_OfAPageThatWasLeft_LeadsNowhere()
    {
        var form = Open();
        Type(form);
        var slow = new TaskCompletionSource();
        _waits = slow.Task;
        var saving = form.SaveAsync();
        form.Busy.ShouldBeTrue();
        await form.SaveAsync();
        form.Dispose();
        slow.SetResult();
        await saving;
        (_saved.Count, _visited.Count).ShouldBe((1, 0));
    }

    [Fact]
    public async Task Save_WithProblems_StoresNothing_ShowsThem_AndKeepsTheDraft()
    {
        var form = Open();
        form.Draft.Servers[0].Weight = "heavy";
        await form.SaveAsync();
        _saved.ShouldBeEmpty();
        form.State.At("servers/0/weight").ShouldHaveSingleItem();
        (_tab.Focus, form.Busy).ShouldBe(("problems", false));
        _tab[form.Key!].ShouldNotBeNull();
    }

    [Fact]
    public async Task Save_Refused_SaysWhyAndStoresNothing()
    {
        var form = Open();
        _refusal = new("", "You may look only.");
        await form.SaveAsync();
        _saved.ShouldBeEmpty();
        form.State.All.ShouldHaveSingleItem().Message.ShouldBe("You may look only.");
    }

    [Fact]
    public async Task Save_WhileTheStoreIsAway_SaysSoAndKeepsTheDraft_AndWorksOnceItIsBack()
    {
        var form = Open();
        Type(form);
        _outcome = new FormOutcome<UpstreamPool>.Rejected([new("", "The disk is full; nothing was stored.")]);
        await form.SaveAsync();
        form.State.All.ShouldHaveSingleItem().Message.ShouldBe("The disk is full; nothing was stored.");
        (form.Draft.Name, form.Dirty, _tab.Focus).ShouldBe(("typed", true, "problems"));
        _tab[form.Key!].ShouldNotBeNull();

        // A field that is said again takes the refusal from nobody's eyes; another text does.
        Type(form);
        _time.Advance(_pause);
        form.State.All.ShouldHaveSingleItem().Message.ShouldBe("The disk is full; nothing was stored.");
        form.Draft.Name = "another";
        form.Touch("name");
        _time.Advance(_pause);
        form.State.HasErrors.ShouldBeFalse();
        _outcome = null;
        await form.SaveAsync();
        (form.State.HasErrors, _visited.Single()).ShouldBe((false, "/pools"));
    }

    [Fact]
    public async Task Save_StrokeThatWasNotHeard_IsSavedToo()
    {
        var form = Open();
        _tab.Heard = (_, value) => form.Draft.Name = value;
        _tab.Type("name", "lost");
        await form.SaveAsync();
        _saved.ShouldHaveSingleItem().Item.Name.ShouldBe("lost");
    }

    [Fact]
    public async Task Save_BrowserDoesNotAnswer_GivesUpAfterSecondsWithASentence()
    {
        var form = Open();
        Type(form);
        _tab.IsSilent = true;
        var saving = form.SaveAsync();
        _time.Advance(TimeSpan.FromSeconds(9));
        (saving.IsCompleted, form.Busy).ShouldBe((false, true));
        _time.Advance(TimeSpan.FromSeconds(1));
        await saving.WaitAsync(TimeSpan.FromSeconds(30));
        _saved.ShouldBeEmpty();
        form.State.All.ShouldHaveSingleItem().Message.ShouldStartWith("Nothing was saved: the browser did not answer within 10 seconds");
        form.Busy.ShouldBeFalse();
        _tab.IsSilent = false;
        await form.SaveAsync();
        _saved.ShouldHaveSingleItem().Item.Name.ShouldBe("typed");
    }

    [Fact]
    public async Task Discard_TakenBack_IsInTheFieldsAgain()
    {
        var form = Open();
        await form.DiscardAsync();
        _discarded.ShouldBeEmpty();
        Type(form);
        form.Comment = "why";
        await form.DiscardAsync();
        (form.Dirty, form.Comment).ShouldBe((false, ""));
        (await _discarded.ShouldHaveSingleItem()()).ShouldBeTrue();
        (form.Draft.Name, form.Dirty, form.Comment).ShouldBe(("typed", true, "why"));
        _tab[form.Key!].ShouldNotBeNull();
    }

    [Fact]
    public async Task Discard_TakenBackAfterThePageWasLeft_IsWhatTheNextFormBeginsWith()
    {
        var form = Open();
        Type(form);
        form.Comment = "why";
        var discard = form.DiscardAsync();
        form.Dispose();
        await discard;
        _tab[form.Key!].ShouldBeNull();
        (await _discarded.ShouldHaveSingleItem()()).ShouldBeFalse();
        using var next = Open();
        await next.RestoreAsync();
        (next.Draft.Name, next.Restored, next.Comment).ShouldBe(("typed", true, "why"));
    }

    [Fact]
    public void Open_AnotherItem_LoadsIt_AndTheSameOneDoesNot()
    {
        var form = Open();
        Type(form);
        form.Open(form.Key!, form.Id);
        form.Draft.Name.ShouldBe("typed");
        form.Open("upstreamPools/new");
        (form.Draft.Name, form.Base, form.Missing, form.Dirty).ShouldBe(("", null, false, false));
        form.Open("upstreamPools/gone", Guid.CreateVersion7());
        form.Missing.ShouldBeTrue();
    }

    private ItemForm<UpstreamPool, PoolDraft> Open()
    {
        var form = new ItemForm<UpstreamPool, PoolDraft>(
            new()
            {
                NewDraft = () => new(),
                Read = (draft, problems) => draft.Read(_stored?.Id ?? Guid.Empty, problems),
                Save = async save =>
                {
                    await _waits;
                    if (_outcome is null or FormOutcome<UpstreamPool>.Saved)
                        _saved.Add(save);
                    return _outcome ?? new FormOutcome<UpstreamPool>.Saved("/pools");
                },
                Refusal = () => Task.FromResult(_refusal),
                Stored = new()
                {
                    Find = id => new(_stored?.Id == id ? _stored : null, 1, null),
                    DraftOf = PoolDraft.Of,
                    TextOf = SeenItem.JsonOf,
                    OfText = ConfigItemJson.Read<UpstreamPool>,
                },
                Run = work => work(),
                Draw = () => { },
                Go = _visited.Add,
                Discarded = _discarded.Add,
            },
            _tab,
            _time
        );
        _forms.Add(form);
        form.Open($"upstreamPools/{_stored!.Id}", _stored.Id);
        return form;
    }

    private static void Type(ItemForm<UpstreamPool, PoolDraft> form, string what = "name")
    {
        if (what == "name")
            form.Draft.Name = "typed";
        else
            form.Draft.Servers[0].Weight = "heavy";
        form.Touch(what == "name" ? "name" : "servers/0/weight");
    }

    private ItemForm<UpstreamPool, PoolDraft> Stale()
    {
        var form = Open();
        Type(form);
        _stored = _stored! with { Tags = ["theirs"] };
        form.Others.Notice();
        return form;
    }
}
