using System.Globalization;
using System.Text;
using System.Text.Json;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Web.Requests;

namespace Appliance.Web.Audit;

/// <summary>Entries as a file of any length, oldest first, written while they are read. That they left is an entry itself.</summary>
public sealed class AuditExport(AuditStore store, TimeProvider time)
{
    /// <summary>One JSON object a line.</summary>
    public const string JsonLines = "jsonl";

    /// <summary>The format with comma-separated values.</summary>
    public const string Csv = "csv";

    private const int Chunk = 64 * 1024;

    /// <summary>What is wrong with a wish, a sentence, or null.</summary>
    public static string? Fault(string? format, AuditQuery query) =>
        format is not (JsonLines or Csv) ? $"\"{format}\" is not a format; it is {JsonLines} or {Csv}." : query.Read().Fault;

    /// <summary>What a browser and a program call it.</summary>
    public static string TypeOf(string format) => format == Csv ? "text/csv; charset=utf-8" : "application/jsonl; charset=utf-8";

    /// <summary>A name for the file.</summary>
    public string NameOf(string format) =>
        string.Create(CultureInfo.InvariantCulture, $"audit-{time.GetUtcNow():yyyy-MM-dd-HHmm}.{format}");

    /// <summary>
    /// Records the export, then writes the entries that were there before the record. The caller has checked the query. An export that
    /// cannot be recorded sends nothing: the first byte comes after the record is stored. <paramref name="who"/> is asked before every
    /// batch. A person who loses the right meanwhile gets a <see cref="NotAllowedException"/>.
    /// </summary>
    public async Task WriteAsync(
        string format,
        AuditQuery query,
        Func<Task<Actor>> who,
        TextWriter target,
        CancellationToken cancellationToken
    ) => await WriteAsync(await NoteAsync(format, query, who, cancellationToken), format, query, who, target, cancellationToken);

    // The newest entry that the export has.
    private async Task<long> NoteAsync(string format, AuditQuery query, Func<Task<Actor>> who, CancellationToken cancellationToken)
    {
        var actor = await who();
        var last = (await store.ReadChainAsync(actor, cancellationToken)).LastId;
        await store.AddAsync(
            new()
            {
                Actor = actor.Name,
                From = actor.From,
                Action = "audit.export",
                Target = $"entries up to {last}",
                After = $"{format}: {query.Words()}",
                Result = "ok",
            },
            cancellationToken
        );
        return last;
    }

    private async Task WriteAsync(
        long last,
        string format,
        AuditQuery query,
        Func<Task<Actor>> who,
        TextWriter target,
        CancellationToken cancellationToken
    )
    {
        if (format == Csv)
            await target.WriteAsync(AuditCsv.Head.AsMemory(), cancellationToken);
        await foreach (var entry in store.ReadAsync(query.Read().Filter, last, who, cancellationToken))
        {
            var line = AuditLine.Of(entry);
            await target.WriteAsync(
                (format == Csv ? AuditCsv.Row(line) : JsonSerializer.Serialize(line, JsonSerializerOptions.Web) + "\n").AsMemory(),
                cancellationToken
            );
        }

        await target.FlushAsync(cancellationToken);
    }

    /// <summary>The same as the answer to a request.</summary>
    internal async Task AnswerAsync(HttpContext context, string? format, AuditQuery query, Func<Task<Actor>> who)
    {
        if (Fault(format, query) is { } fault)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(fault, context.RequestAborted);
            return;
        }

        var wanted = format ?? ""; // Fault found it good
        context.Response.ContentType = TypeOf(wanted);
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{NameOf(wanted)}\"";
        context.Response.Headers.CacheControl = "no-store";
        if (HeadRequests.Is(context))
            return; // nothing leaves
        try
        {
            // Before there is a writer: it would send a head although nothing could be noted, and an answer that is begun can say no more
            // than that it broke off.
            var last = await NoteAsync(wanted, query, who, context.RequestAborted);
            await using var writer = new StreamWriter(
                context.Response.Body,
                new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
                Chunk,
                leaveOpen: true
            );
            await WriteAsync(last, wanted, query, who, writer, context.RequestAborted);
        }
        catch (NotAllowedException)
        {
            // The right was taken away meanwhile; the store has written it down. What has left must not look like the whole file.
            if (context.Response.HasStarted)
                context.Abort();
            else
                (context.Response.StatusCode, context.Response.ContentType) = (StatusCodes.Status403Forbidden, null);
        }
    }
}
