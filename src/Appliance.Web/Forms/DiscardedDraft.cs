namespace Appliance.Web.Forms;

/// <summary>What was typed into a form and thrown away, as it was at that moment.</summary>
internal sealed class DiscardedDraft<TItem, TDraft>(ItemForm<TItem, TDraft> form, DraftSlot slot)
    where TItem : class
    where TDraft : class
{
    private readonly string? _key = slot.Key;
    private readonly TDraft _draft = form.Draft;
    private readonly string? _base = form.Base;
    private readonly Dictionary<string, string> _beside = new(form.Beside);

    /// <summary>
    /// Brings it back. True: the page is open, and it is in the fields again. False: the browser has it for the next form of this item.
    /// </summary>
    public async Task<bool> BringBackAsync()
    {
        if (form.IsLeft || slot.Key != _key)
        {
            await slot.PutAsync(_key, new(_base, KeptDraft.Write(_draft, _beside), []));
            return false;
        }

        await form.TakeBackAsync(_draft, _base, _beside);
        return true;
    }
}
