using Appliance.Proxy.Config;
using DiffPlex;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace Appliance.Web.History;

/// <summary>One changed item, line by line.</summary>
/// <param name="Change">What happened to it.</param>
/// <param name="Lines">Its canonical JSON, with what went and what came.</param>
/// <param name="Id">The item's identity; empty for an order.</param>
public sealed record ItemDiff(ItemChange Change, IReadOnlyList<DiffLine> Lines, Guid Id)
{
    /// <summary>Everything that differs between two configs.</summary>
    public static IReadOnlyList<ItemDiff> Between(ProxyConfig before, ProxyConfig after)
    {
        var (old, now) = (Texts(before), Texts(after));
        return
        [
            .. ConfigDiff
                .Between(before, after)
                .Changes.Select(change =>
                    change.Kind == ChangeKind.Reordered
                        ? new ItemDiff(change, Order(change, before, after), Guid.Empty)
                        : Of(change, old, now)
                ),
        ];
    }

    private static ItemDiff Of(
        ItemChange change,
        Dictionary<Guid, (string Item, string Name, string Text)> old,
        Dictionary<Guid, (string Item, string Name, string Text)> now
    )
    {
        // A changed item is named as it is called now; a removed one as it was.
        var id = (change.Kind == ChangeKind.Removed ? old : now)
            .First(entry =>
                entry.Value.Item == change.Item
                && entry.Value.Name == change.Name
                && (change.Kind == ChangeKind.Changed || !(change.Kind == ChangeKind.Removed ? now : old).ContainsKey(entry.Key))
            )
            .Key;
        var lines = Compare(old.TryGetValue(id, out var was) ? was.Text : "", now.TryGetValue(id, out var isNow) ? isNow.Text : "");
        return new(change, lines, id);
    }

    private static List<DiffLine> Order(ItemChange change, ProxyConfig before, ProxyConfig after)
    {
        var kind = ItemKinds.All.First(known => known.Name == change.Item);
        return Compare(
            string.Join('\n', before.Of(kind).Select(item => item.Name)),
            string.Join('\n', after.Of(kind).Select(item => item.Name))
        );
    }

    private static List<DiffLine> Compare(string before, string after) =>
        [
            .. new InlineDiffBuilder(new Differ())
                .BuildDiffModel(before, after)
                .Lines.Where(line => line.Text.Length > 0)
                .Select(line => new DiffLine(
                    line.Type switch
                    {
                        ChangeType.Inserted => '+',
                        ChangeType.Deleted => '-',
                        _ => ' ',
                    },
                    line.Text
                )),
        ];

    private static Dictionary<Guid, (string Item, string Name, string Text)> Texts(ProxyConfig config)
    {
        var texts = new Dictionary<Guid, (string, string, string)>();
        foreach (var item in config.AllItems)
            texts[item.Id] = (
                ItemKinds.Of(item).Name,
                item.Name,
                ConfigItemJson.WriteIndented(item).Replace("\\n", "\\n\n", StringComparison.Ordinal)
            ); // texts of several lines, as certificates, line by line, too
        return texts;
    }
}

/// <summary>One line of a comparison.</summary>
/// <param name="Sign">+ came, - went, a space stayed.</param>
/// <param name="Text">The line.</param>
public sealed record DiffLine(char Sign, string Text);
