using System.CommandLine;
using System.Text;
using Appliance.Web.Audit;
using Appliance.Web.Control;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance audit</c>: who did what; as a file; and whether somebody changed it.</summary>
internal static class AuditCommand
{
    private const string About = """
        Show the newest entries of the audit: who did what, when, from where, and what came of it. All filters must hold; times are UTC.

        Exit code 0: shown, also when there is none.
        """;

    private const string AboutVerify = """
        Walk the chain of the audit: whether every entry is as it was written, and none is missing. It prints the hash of the newest entry; kept elsewhere and
        given to --expect later, it shows that the chain was not written anew meanwhile.

        Exit code 0: intact. 1: broken, or no entry has the expected hash.
        """;

    public static Command Build(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output, TextWriter errors)
    {
        var filters = new AuditFilterOptions();
        var limit = new Option<int>("--limit")
        {
            Description = $"Show at most so many, {AuditEndpoints.Usual} unless said, {AuditApi.Most} at most.",
            HelpName = "N",
            DefaultValueFactory = _ => AuditEndpoints.Usual,
        };
        var json = new Option<bool>("--json") { Description = "Answer as JSON, with every field." };
        var command = new Command("audit", About) { limit, json };
        filters.AddTo(command);
        command.SetAction(
            async (parsed, cancelled) =>
            {
                var query = filters.Read(parsed);
                var most = parsed.GetValue(limit);
                if (
                    (
                        most is < 0 or > AuditApi.Most
                            ? $"--limit takes a number from 0 to {AuditApi.Most}; for more there is audit export."
                            : query.Read().Fault
                    ) is
                    { } fault
                )
                    return await Usage.RefuseAsync(fault, errors);
                return await withNode(node => ShowAsync(node, query, most, parsed.GetValue(json), output, cancelled));
            }
        );
        command.Subcommands.Add(BuildExport(withNode, output, errors));
        command.Subcommands.Add(BuildVerify(withNode, output, errors));
        return command;
    }

    private static Command BuildExport(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output, TextWriter errors)
    {
        var filters = new AuditFilterOptions();
        var format = new Option<string>("--format")
        {
            Description = "jsonl (one JSON object a line) or csv.",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => AuditExport.JsonLines,
        };
        var file = new Option<string?>("--output", "-o")
        {
            Description = "Write to this file instead of the standard output.",
            HelpName = "FILE",
        };
        var command = new Command(
            "export",
            "Write every entry that matches, the oldest first, with both hashes. The export itself becomes an entry."
        )
        {
            format,
            file,
        };
        filters.AddTo(command);
        command.SetAction(
            async (parsed, cancelled) =>
            {
                var query = filters.Read(parsed);
                var wanted = parsed.GetValue(format) ?? AuditExport.JsonLines;
                if (AuditExport.Fault(wanted, query) is { } fault)
                    return await Usage.RefuseAsync(fault, errors);
                return await withNode(async node =>
                {
                    if (parsed.GetValue(file) is not { } target)
                    {
                        // With line ends and escapes of its own.
                        await node.ExportAuditAsync(wanted, query, VisibleWriter.Below(output), cancelled);
                        return ExitCodes.Ok;
                    }

                    await using var writer = new StreamWriter(
                        target,
                        append: false,
                        new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)
                    );
                    await node.ExportAuditAsync(wanted, query, writer, cancelled);
                    return ExitCodes.Ok;
                });
            }
        );
        return command;
    }

    private static Command BuildVerify(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output, TextWriter errors)
    {
        var expect = new Option<string?>("--expect")
        {
            Description = "A hash that was kept elsewhere: some entry that is still there, or the anchor, must have it.",
            HelpName = "HASH",
        };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("verify", AboutVerify) { expect, json };
        command.SetAction(
            async (parsed, cancelled) =>
            {
                var expected = parsed.GetValue(expect)?.Trim();
                if (expected is not null && (expected.Length != AuditProof.HashLength || !expected.All(char.IsAsciiHexDigit)))
                    return await Usage.RefuseAsync(
                        $"\"{expected}\" is not a hash; it has {AuditProof.HashLength} digits from 0 to f, as audit verify prints it.",
                        errors
                    );
                return await withNode(async node =>
                {
                    var proof = await node.VerifyAuditAsync(expected, cancelled);
                    await output.WriteLineAsync(parsed.GetValue(json) ? Json.Of(proof) : Words(proof));
                    return proof.ExitCode;
                });
            }
        );
        return command;
    }

    private static async Task<int> ShowAsync(
        NodeAccess node,
        AuditQuery query,
        int limit,
        bool json,
        TextWriter output,
        CancellationToken cancellationToken
    )
    {
        var list = await node.AuditAsync(query, limit, cancellationToken);
        if (json)
            await output.WriteLineAsync(Json.Of(list.Lines));
        else if (list.Lines.Count == 0 && !list.More)
            await output.WriteLineAsync(query.IsFiltered ? "No entry matches these filters." : "There is no entry yet.");
        else
            await output.WriteAsync(
                TextTable.Of(["NO.", "WHEN (UTC)", "WHO", "FROM", "ACTION", "ON", "BEFORE", "AFTER", "RESULT"], [.. list.Lines.Select(Row)])
                    + (list.More ? "and older ones" + Environment.NewLine : "")
            );
        return ExitCodes.Ok;
    }

    private static string[] Row(AuditLine line) =>
        [
            line.Id.ToString(),
            line.AtUtc.ToString("yyyy-MM-dd HH:mm:ss"),
            line.Actor,
            line.From,
            line.Action,
            line.Target,
            line.Before ?? "",
            line.After ?? "",
            line.Result,
        ];

    private static string Words(AuditProof proof)
    {
        var lines = new List<string> { proof.Summary };
        if (proof.LastId is > 0)
            lines.Add($"Last entry: {proof.LastId}{Environment.NewLine}Last hash:  {proof.LastHash}");
        if (proof.AnchorId is { } anchor)
            lines.Add(
                anchor == 0 ? "Anchor:     none, nothing was cut" : $"Anchor:     entry {anchor}; what was before is gone by retention"
            );
        if (proof.ExpectedAt is { } at)
            lines.Add(
                at == 0
                    ? "Expected:   the beginning of every chain"
                    : $"Expected:   the hash of entry {at}{(at == proof.AnchorId ? ", the anchor" : "")}"
            );
        return string.Join(Environment.NewLine, lines);
    }
}
