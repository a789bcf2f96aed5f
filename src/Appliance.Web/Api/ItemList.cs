using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Web.Faces;

namespace Appliance.Web.Api;

/// <summary>A page of the items of one kind: in their own order where it means something, by name otherwise.</summary>
internal sealed class ItemList
{
    private const int StandardLimit = 100;
    private const int MostLimit = 1000;
    private static readonly string[] _filters = ["search", "tag"];
    private static readonly string[] _parameters = ["limit", "after", .. _filters];

    private ItemList(ItemFace face, ConfigRevision head, IReadOnlyList<ConfigItem> found) => (Face, Head, Found) = (face, head, found);

    private ItemFace Face { get; }

    private ConfigRevision Head { get; }

    private IReadOnlyList<ConfigItem> Found { get; }

    private int Start { get; set; }

    private int Limit { get; set; }

    private string Filter { get; set; } = "";

    /// <summary>Finds what the parameters ask for.</summary>
    public static bool TryRead(
        HttpRequest request,
        ItemFace face,
        ConfigRevision head,
        [NotNullWhen(true)] out ItemList? list,
        [NotNullWhen(false)] out ApiProblem? problem
    )
    {
        list = null;
        if (!ApiQuery.TryRead(request, _parameters, out var query, out problem))
            return false;
        if (query.TryNumber("limit", 1, MostLimit, StandardLimit) is not { } limit)
        {
            problem = ApiQuery.Bad($"\"limit\" is a number from 1 to {MostLimit}.");
            return false;
        }

        var words = (query.Text("search") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var tag = query.Text("tag");
        var all = head.Config.Of(face.Kind);
        var items = (face.Kind.IsOrdered ? all : [.. all.OrderBy(item => item.Name, StringComparer.Ordinal)])
            .Where(item => words.Length == 0 || face.Has(item, words))
            .Where(item => tag is null || item.Tags.Contains(tag, StringComparer.OrdinalIgnoreCase))
            .ToList();
        if (StartOf(items, query.Text("after"), face.Kind.IsOrdered) is not { } start)
        {
            problem = new(
                StatusCodes.Status400BadRequest,
                "unknown_place",
                $"There is no {face.Kind.Word} of that name in this list any more; begin again without \"after\"."
            );
            return false;
        }

        list = new(face, head, items)
        {
            Start = start,
            Limit = limit,
            Filter = FilterOf(query),
        };
        return true;
    }

    /// <summary>Sends it, with the address of the next page.</summary>
    public async Task SendAsync(HttpContext context)
    {
        if (await ApiRead.IsKnownAsync(context, ItemTag.Of(Head.Number)))
            return;
        var page = Found.Skip(Start).Take(Limit).ToList();
        var next = Start + page.Count < Found.Count ? NextOf(page[^1]) : null;
        if (next is not null)
            context.Response.Headers.Link = $"<{next}>; rel=\"next\"";
        await ApiJson.SendAsync(context, StatusCodes.Status200OK, writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("revision", Head.Number);
            writer.WriteNumber("total", Found.Count);
            writer.WriteStartArray("items");
            foreach (var item in page)
                writer.WriteRawValue(ConfigItemJson.Write(item), skipInputValidation: true);
            writer.WriteEndArray();
            if (next is not null)
                writer.WriteString("next", next);
            writer.WriteEndObject();
        });
    }

    // By name the place is there also when its item is gone.
    private static int? StartOf(List<ConfigItem> items, string? after, bool isOrdered)
    {
        if (after is null)
            return 0;
        if (!isOrdered)
            return items.TakeWhile(item => string.CompareOrdinal(item.Name, after) <= 0).Count();
        return items.FindIndex(item => item.Name == after) is >= 0 and var at ? at + 1 : null;
    }

    private string NextOf(ConfigItem last) =>
        string.Create(CultureInfo.InvariantCulture, $"{ApiPaths.Of(Face)}?limit={Limit}&after={Uri.EscapeDataString(last.Name)}{Filter}");

    private static string FilterOf(ApiQuery query) =>
        string.Concat(
            from name in _filters
            let text = query.Text(name)
            where text is { Length: > 0 }
            select $"&{name}={Uri.EscapeDataString(text)}"
        );
}
