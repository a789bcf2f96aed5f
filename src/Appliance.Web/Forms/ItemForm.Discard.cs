namespace Appliance.Web.Forms;

// What was typed, thrown away and brought back.
public sealed partial class ItemForm<TItem, TDraft>
{
    /// <summary>Throws away what was typed. The page offers it back, also after it was left.</summary>
    public async Task DiscardAsync()
    {
        // Before the first wait: a button may lead to another page, too, and the page is still this one.
        if (Dirty)
            _parts.Discarded(BringBack());
        await _slot.ForgetAsync();
        if (_left)
            return;
        Comment = "";
        Load();
        _parts.Draw();
    }

    // With the page open, it goes back into the fields; else the browser has it for the next form of this item.
    private Func<Task<bool>> BringBack()
    {
        var (key, draft, based, beside) = (_slot.Key, Draft, Base, new Dictionary<string, string>(Beside));
        return async () =>
        {
            if (_left || _slot.Key != key)
            {
                await _slot.PutAsync(key, new(based, KeptDraft.Write(draft, beside), []));
                return false;
            }

            (Draft, Base, Dirty) = (draft, based, true);
            foreach (var (name, value) in beside)
                Beside[name] = value;
            NoticeOthers();
            await CheckAndKeepAsync();
            return true;
        };
    }
}
