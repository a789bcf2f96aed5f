namespace Appliance.Web.Forms;

/// <summary>
/// The save of a form: asks the browser for strokes that are still on their way, checks, stores, and shows what became of it.
/// </summary>
internal sealed class Submission<TItem, TDraft>(
    ItemForm<TItem, TDraft> form,
    FormParts<TItem, TDraft> parts,
    IDraftKeeper keeper,
    DraftSlot slot
)
    where TItem : class
    where TDraft : class
{
    private const string NotAnswering =
        "Nothing was saved: the browser did not answer within 10 seconds, so the last of what you typed may be missing here. Look at "
        + "the fields, and save again.";

    private string? _refused;

    /// <summary>True while it is under way.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>Saves, unless there are problems, or it is under way.</summary>
    public async Task RunAsync()
    {
        if (IsUnderWay)
            return;
        IsUnderWay = true;
        _refused = null;
        slot.Stop();
        parts.Draw();
        try
        {
            var heard = await slot.HearAsync();
            form.State.Try();
            if (!heard)
            {
                form.State.Set([new("", NotAnswering)]);
                slot.Soon();
                return;
            }

            var item = form.Check(await parts.Refusal());
            if (form.State.HasErrors || item is null)
                await ShowProblemsAsync();
            else
                await EndAsync(await parts.Save(new(item, form.Base, form.Comment)));
        }
        finally
        {
            IsUnderWay = false;
            if (!form.IsLeft)
                parts.Draw();
        }
    }

    /// <summary>
    /// True while <paramref name="draft"/> is what the store refused last: the refusal stays, also when the browser says a field again.
    /// </summary>
    public bool IsRefused(TDraft draft) => _refused is not null && _refused == KeptDraft.Write(draft);

    private async Task EndAsync(FormOutcome<TItem> outcome)
    {
        switch (outcome)
        {
            case FormOutcome<TItem>.Saved saved:
                await slot.ForgetAsync();
                form.Saved(saved.GoTo);
                break;
            case FormOutcome<TItem>.Stale stale when parts.Stored is { } stored:
                form.Others.Set(stored, stale.Theirs);
                parts.Draw();
                await slot.KeepAsync();
                break;
            case FormOutcome<TItem>.Rejected rejected:
                _refused = KeptDraft.Write(form.Draft);
                form.State.Set(rejected.Problems);
                await ShowProblemsAsync();
                break;
        }
    }

    private async Task ShowProblemsAsync()
    {
        parts.Draw();
        await keeper.FocusAsync("problems");
        await slot.KeepAsync();
    }
}
