using Appliance.Data.Audit;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Web.Editing;

namespace Appliance.Web.Api;

/// <summary>A change of the config that a program asks for.</summary>
internal sealed record ApiEdit
{
    /// <summary>The pure change.</summary>
    public required Func<ProxyConfig, ProxyConfig> Change { get; init; }

    /// <summary>True while the change may be made of this head. It is asked again when somebody else was faster.</summary>
    public required Func<ConfigRevision, bool> IsCurrent { get; init; }

    /// <summary>What the history says when the program says nothing.</summary>
    public required string Comment { get; init; }

    /// <summary>The version that the program has after the change, of the new config; null: none.</summary>
    public required Func<ConfigRevision, string?> Tag { get; init; }

    /// <summary>What is there instead, as JSON, when <see cref="IsCurrent"/> says no. Default: nothing that fits into an answer.</summary>
    public Func<ConfigRevision, ConfigItem?> Current { get; init; } = _ => null;

    /// <summary>The address of what is new, when this made something new.</summary>
    public string? Location { get; init; }
}

/// <summary>Changes of the config through the editor, and the answer to each.</summary>
internal sealed class ApiEdits(ConfigEditor editor, ProxyHost proxy, AuditStore audit)
{
    private const string Changing = "Changing the config";
    private const int LongestTarget = 200;

    private static readonly TimeSpan _outcomePatience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Refuses a caller who may not change anything, with a line in the audit. False: it did. To be called before a body is read.
    /// </summary>
    public async Task<bool> MayAsync(HttpContext context)
    {
        var actor = ApiCaller.Of(context);
        if (actor.Grant.Refusal(Role.Operator, Changing) is not { } reason)
            return true;
        await audit.AddAsync(
            new()
            {
                Actor = actor.Name,
                From = actor.From,
                Action = "config.api",
                Target = Cut($"{context.Request.Method} {context.Request.Path}"),
                Result = "not_allowed: " + reason,
            },
            CancellationToken.None // who hangs up has a line, too
        );
        await ForbiddenAsync(context, reason, []);
        return false;
    }

    private static string Cut(string text) => text.Length > LongestTarget ? text[..LongestTarget] + "…" : text;

    /// <summary>Does it, waits until it is live, and answers.</summary>
    public async Task RunAsync(HttpContext context, ApiEdit edit, ApiQuery query)
    {
        var actor = ApiCaller.Of(context);
        var comment = query.Comment is { Length: > 0 } said ? said : edit.Comment;

        // Not ended by a caller who has left: whether it was stored must not depend on that.
        var result = await editor.ApplyWhileAsync(
            edit.Change,
            edit.IsCurrent,
            new RevisionInfo(actor, comment, "api"),
            query.IsDryRun,
            CancellationToken.None
        );
        switch (result)
        {
            case EditResult.Saved saved:
                await SavedAsync(context, edit, saved);
                break;
            case EditResult.WouldSave would:
                await new ApiChange(would.Head.Number)
                {
                    Summary = would.Diff.Summary,
                    Changes = would.Diff.Changes,
                    Notes = would.Notes,
                    IsDryRun = true,
                }.SendAsync(context, StatusCodes.Status200OK);
                break;
            case EditResult.Unchanged same:
                context.Response.Headers.ETag = edit.Tag(same.Head);
                await new ApiChange(same.Head.Number)
                {
                    Notes = same.Notes,
                    IsDryRun = query.IsDryRun,
                    IsLive = IsLive(same.Head.Number),
                }.SendAsync(context, StatusCodes.Status200OK);
                break;
            case EditResult.Rejected { Problems: var problems } when problems.Any(problem => problem.Code == "not_allowed"):
                await ForbiddenAsync(context, problems[0].Message, problems);
                break;
            case EditResult.Rejected { Problems: var problems }:
                await new ApiProblem(StatusCodes.Status422UnprocessableEntity, "invalid", "Nothing was stored: the config would be wrong.")
                {
                    Problems = problems,
                }.WriteAsync(context);
                break;
            case EditResult.Stale stale:
                await StaleAsync(context, edit, stale.Head);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task SavedAsync(HttpContext context, ApiEdit edit, EditResult.Saved saved)
    {
        var number = saved.Revision.Number;
        var report = await proxy.WaitForAsync(number, _outcomePatience, CancellationToken.None);
        var isLive = report.RunningRevision >= number;
        context.Response.Headers.ETag = edit.Tag(saved.Revision);
        if (edit.Location is not null)
            context.Response.Headers.Location = edit.Location;
        await new ApiChange(number)
        {
            Summary = saved.Diff.Summary,
            Changes = saved.Diff.Changes,
            Notes = [.. report.Problems, .. saved.Notes],
            IsStored = true,
            IsLive = isLive,
            Reason = isLive ? null : report.Refusal ?? "the proxy has not applied it yet",
        }.SendAsync(context, edit.Location is null ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    private bool IsLive(long number) => proxy.Report.RunningRevision >= number;

    private static Task StaleAsync(HttpContext context, ApiEdit edit, ConfigRevision head)
    {
        context.Response.Headers.ETag = edit.Tag(head);
        return new ApiProblem(
            StatusCodes.Status412PreconditionFailed,
            "stale",
            $"Nothing was stored: the version here is another one than the request was made from. The newest revision is {head.Number}; "
                + "read again and repeat the change."
        )
        {
            Revision = head.Number,
            Current = edit.Current(head) is { } item ? ConfigItemJson.Write(item) : null,
        }.WriteAsync(context);
    }

    private static Task ForbiddenAsync(HttpContext context, string reason, IReadOnlyList<ConfigProblem> problems)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"Appliance\", error=\"insufficient_scope\"";
        return new ApiProblem(StatusCodes.Status403Forbidden, "not_allowed", reason) { Problems = problems }.WriteAsync(context);
    }
}
