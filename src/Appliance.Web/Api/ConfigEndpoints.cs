using System.Text;
using Appliance.Data.Revisions;
using Appliance.Proxy.Config;

namespace Appliance.Web.Api;

/// <summary>The whole config as one document: read it, and make another one the whole config.</summary>
internal sealed class ConfigEndpoints(ConfigStore store, ApiEdits edits)
{
    /// <summary>The parameters of a change.</summary>
    private static readonly string[] _ofChange = ["dry_run", "comment"];

    private const int LargeBody = 1 << 20;
    private static readonly SemaphoreSlim _large = new(1);

    /// <summary>The head as a document; its version is the number of the revision.</summary>
    public async Task GetAsync(HttpContext context)
    {
        if (!ApiQuery.TryRead(context.Request, [], out _, out var problem))
        {
            await problem.WriteAsync(context);
            return;
        }

        var head = await store.ReadHeadAsync(context.RequestAborted);
        if (!await ApiRead.IsKnownAsync(context, ItemTag.Of(head.Number)))
            await ApiJson.SendAsync(
                context,
                StatusCodes.Status200OK,
                Encoding.UTF8.GetBytes(new ConfigDocument(head.Number, head.Config).ToJson())
            );
    }

    /// <summary>
    /// Makes a document the whole config. A <c>revision</c> in it is a guard, as <c>If-Match</c> is: with another newest
    /// revision nothing is stored.
    /// </summary>
    public async Task PutAsync(HttpContext context)
    {
        if (!await edits.MayAsync(context))
            return;
        if (!ApiQuery.TryRead(context.Request, _ofChange, out var query, out var problem))
        {
            await problem.WriteAsync(context);
            return;
        }

        if (!Precondition.TryRead(context.Request, out var condition))
        {
            await ApiRead.BadTag.WriteAsync(context);
            return;
        }

        var (body, unread) = await ApiBody.ReadAsync(context);
        if (unread is not null)
        {
            await unread.WriteAsync(context);
            return;
        }

        // One large document at a time: reading one takes many times its size.
        using var turn = await Turn.TakeAsync(_large, body.Length > LargeBody, context.RequestAborted);
        var parsed = ConfigDocument.Parse(body);
        if (parsed.Document is not { } wanted)
        {
            await ApiRead.Unreadable(parsed.Problems).WriteAsync(context);
            return;
        }

        await edits.RunAsync(
            context,
            new()
            {
                Change = head => ConfigMerge.ByName(head, wanted.Config),
                IsCurrent = head =>
                    condition.Holds(ItemTag.Of(head.Number)) && (wanted.Revision is not { } number || number == head.Number),
                Comment = "",
                Tag = head => ItemTag.Of(head.Number),
            },
            query
        );
    }
}
