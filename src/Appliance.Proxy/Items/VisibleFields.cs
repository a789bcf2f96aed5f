using System.Text;

namespace Appliance.Proxy.Items;

/// <summary>
/// Text of a config that people read in lists, in the audit and on a terminal holds nothing that breaks the line, is not seen, or turns
/// other text around: a tag or a condition must not look like another.
/// </summary>
internal static class VisibleFields
{
    /// <summary>Adds an error at <paramref name="path"/> when the text holds such a character.</summary>
    public static void Check(string text, string path, ProblemList problems)
    {
        // A tab is seen, as a blank, and stands in header values (RFC 9110, 5.5).
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\t' || !VisibleText.IsUnsafe(rune))
                continue;
            var what = Rune.IsControl(rune) ? "a control character" : "a character that cannot be seen or turns text around";
            problems.Error(path, "hidden_text", $"There is {what} in it (U+{rune.Value:X4}); take it out.");
            return;
        }
    }

    /// <summary>Checks the tags of an item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="path">Its path.</param>
    /// <param name="problems">Takes what is found.</param>
    public static void CheckTags(ConfigItem item, string path, ProblemList problems)
    {
        for (var at = 0; at < item.Tags.Length; at++)
            Check(item.Tags[at], $"{path}/tags/{at}", problems);
    }
}
