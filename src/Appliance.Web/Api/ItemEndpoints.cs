using System.Text;
using System.Text.Json;
using Appliance.Data.Revisions;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Web.Editing;
using Appliance.Web.Faces;
using Appliance.Web.Rights;
using Microsoft.AspNetCore.Routing;

namespace Appliance.Web.Api;

/// <summary>The items of one kind: list, read, put, rename, delete. One instance a kind, so that a new kind has its endpoints.</summary>
internal sealed class ItemEndpoints(ItemFace face, ConfigStore store, ApiEdits edits)
{
    private static readonly string[] _ofChange = ["dry_run", "comment"];
    private static readonly string[] _ofDelete = ["dry_run", "comment", "move_to", "cascade"];

    private ItemKind Kind => face.Kind;

    private string Word => Kind.Word;

    /// <summary>A page of the items.</summary>
    public async Task ListAsync(HttpContext context)
    {
        var head = await store.ReadHeadAsync(context.RequestAborted);
        if (ItemList.TryRead(context.Request, face, head, out var list, out var problem))
            await list.SendAsync(context);
        else
            await problem.WriteAsync(context);
    }

    /// <summary>One item.</summary>
    public async Task GetAsync(HttpContext context)
    {
        if (!ApiQuery.TryRead(context.Request, [], out _, out var problem))
        {
            await problem.WriteAsync(context);
            return;
        }

        var head = await store.ReadHeadAsync(context.RequestAborted);
        if (Find(head.Config, NameOf(context)) is not { } item)
            await Missing(context).WriteAsync(context);
        else if (!await ApiRead.IsKnownAsync(context, ItemTag.Of(item)))
            await ApiJson.SendAsync(context, StatusCodes.Status200OK, Encoding.UTF8.GetBytes(ConfigItemJson.Write(item)));
    }

    /// <summary>Makes the body the item of that name, new or changed. It never renames, so that it can be repeated.</summary>
    public async Task PutAsync(HttpContext context)
    {
        if (await ReadAsync(context, _ofChange) is not var (query, condition, body))
            return;
        var name = NameOf(context);
        var parsed = ConfigItemDocument.Parse(Kind, name, body);
        if (parsed.Item is not { } wanted)
        {
            await ApiRead.Unreadable(parsed.Problems).WriteAsync(context);
            return;
        }

        var isNew = Find((await store.ReadHeadAsync(context.RequestAborted)).Config, name) is null;
        await edits.RunAsync(
            context,
            new()
            {
                Change = head => Put(head, wanted),
                IsCurrent = head => condition.Holds(TagOf(head, name)) && isNew == Find(head.Config, name) is null,
                Comment = $"{(isNew ? "Added" : "Changed")} {Word} {name}",
                Tag = head => TagOf(head, name),
                Current = head => Find(head.Config, name),
                Location = isNew ? $"{ApiPaths.Of(face)}/{Uri.EscapeDataString(name)}" : null,
            },
            query
        );
    }

    /// <summary>Gives the item another name; whatever refers to it follows.</summary>
    public async Task RenameAsync(HttpContext context)
    {
        if (await ReadAsync(context, _ofChange) is not var (query, condition, body))
            return;
        var name = NameOf(context);
        if (NewNameOf(body) is not { } to)
        {
            var sentence = "The body is { \"name\": \"the new name\" }.";
            await new ApiProblem(StatusCodes.Status422UnprocessableEntity, "unreadable", sentence).WriteAsync(context);
            return;
        }

        await ChangeAsync(
            context,
            condition,
            query,
            (head, item) => Usage.Put(head, item with { Name = to }),
            $"Renamed {Word} {name} to {to}",
            head => TagOf(head, to)
        );
    }

    /// <summary>
    /// Removes the item. What refers to it refers to <c>move_to</c> afterwards, or is removed, too, with <c>cascade=true</c>; without
    /// either an item that is used stays.
    /// </summary>
    public async Task DeleteAsync(HttpContext context)
    {
        if (await HeadersAsync(context, _ofDelete) is not var (query, condition))
            return;
        if (query.TryFlag("cascade") is not { } cascade)
        {
            await ApiQuery.Bad("\"cascade\" is true or false.").WriteAsync(context);
            return;
        }

        var choice = new DeleteChoice(query.Text("move_to"), cascade);
        if (choice.MoveTo is { } target)
        {
            // A name that is no item's would be pasted into templates: another config, and a valid one.
            if (cascade)
            {
                await ApiQuery.Bad("Choose \"move_to\" or \"cascade\".").WriteAsync(context);
                return;
            }

            var head = await store.ReadHeadAsync(context.RequestAborted);
            if (target == NameOf(context) || !head.Config.Of(Kind).Any(item => item.Name == target))
            {
                await ApiQuery.Bad($"\"move_to\" is the name of another {Word}; there is no {Word} \"{target}\".").WriteAsync(context);
                return;
            }
        }

        await ChangeAsync(
            context,
            condition,
            query,
            (head, item) => Deletion.Without(head, item, choice),
            $"Deleted {Word} {NameOf(context)}",
            _ => null
        );
    }

    // A change of an item that is there.
    private async Task ChangeAsync(
        HttpContext context,
        Precondition condition,
        ApiQuery query,
        Func<ProxyConfig, ConfigItem, ProxyConfig> change,
        string comment,
        Func<ConfigRevision, string?> tag
    )
    {
        var name = NameOf(context);
        var seen = Find((await store.ReadHeadAsync(context.RequestAborted)).Config, name);
        if (seen is null)
        {
            await Missing(context).WriteAsync(context);
            return;
        }

        await edits.RunAsync(
            context,
            new()
            {
                Change = head => Find(head, name) is { } item ? change(head, item) : head,
                IsCurrent = head => Find(head.Config, name)?.Id == seen.Id && condition.Holds(TagOf(head, name)),
                Comment = comment,
                Tag = tag,
                Current = head => Find(head.Config, name),
            },
            query
        );
    }

    // Null: the answer is sent.
    private async Task<(ApiQuery Query, Precondition Condition, byte[] Body)?> ReadAsync(HttpContext context, string[] known)
    {
        if (await HeadersAsync(context, known) is not var (query, condition))
            return null;
        var (body, unread) = await ApiBody.ReadAsync(context);
        if (unread is null)
            return (query, condition, body);
        await unread.WriteAsync(context);
        return null;
    }

    private async Task<(ApiQuery Query, Precondition Condition)?> HeadersAsync(HttpContext context, string[] known)
    {
        if (!await edits.MayAsync(context))
            return null;
        if (!ApiQuery.TryRead(context.Request, known, out var query, out var problem))
            await problem.WriteAsync(context);
        else if (!Precondition.TryRead(context.Request, out var condition))
            await ApiRead.BadTag.WriteAsync(context);
        else
            return (query, condition);
        return null;
    }

    private ProxyConfig Put(ProxyConfig head, ConfigItem wanted) =>
        Find(head, wanted.Name) is not { } before ? Items.Put(head, wanted)
        : ConfigItemJson.Write(before) == ConfigItemJson.Write(wanted) ? head
        : Items.Put(head, wanted with { Id = before.Id });

    private ConfigItem? Find(ProxyConfig config, string name) => config.Of(Kind).FirstOrDefault(item => item.Name == name);

    private string? TagOf(ConfigRevision head, string name) => Find(head.Config, name) is { } item ? ItemTag.Of(item) : null;

    private static string? NewNameOf(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new() { MaxDepth = 4 });
            return
                json.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.EnumerateObject().ToList() is [{ Name: "name", Value: { ValueKind: JsonValueKind.String } value }]
                ? value.GetString()
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private ApiProblem Missing(HttpContext context) =>
        new(StatusCodes.Status404NotFound, "not_found", $"There is no {Word} called {NameOf(context)}.");

    private static string NameOf(HttpContext context) => context.GetRouteValue("name") as string ?? "";
}
