using System.CommandLine;
using Appliance.Proxy.Items;
using Appliance.Web.Certificates;
using Appliance.Web.Control;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance certificates</c>: what is served until when; for people, and for whatever watches expiries.</summary>
internal static class CertificatesCommand
{
    private const string About = """
        Show the certificates of the folder and of the database: names, source, expiry, status; and what somebody should look at.

        Exit code 0: all is well. 1: something expires within --within, has expired, cannot be used or was not issued. 3: nothing runs.
        """;

    public static Command Build(Func<Func<RunningNode, Task<int>>, Task<int>> withRunning, TextWriter output, TextWriter errors)
    {
        var within = new Option<string>("--within")
        {
            Description = "How long before an expiry the exit code is 1: 14d unless said.",
            HelpName = "TIME",
            DefaultValueFactory = _ => "14d",
        };
        var json = new Option<bool>("--json") { Description = "Answer as JSON, with every field." };
        var command = new Command("certificates", About) { within, json };
        command.SetAction(
            async (parsed, cancelled) =>
            {
                var text = parsed.GetValue(within) ?? "";
                if (!NginxTime.TryParse(text, out var span))
                    return await Usage.RefuseAsync($"--within is \"{text}\"; it takes a time, as 14d or 36h.", errors);
                return await withRunning(async node =>
                {
                    var answer = await node.CertificatesAsync(span, cancelled);
                    await output.WriteAsync(parsed.GetValue(json) ? Json.Of(answer) + Environment.NewLine : Words(answer));
                    return answer.Notices.IsEmpty ? ExitCodes.Ok : ExitCodes.Problems;
                });
            }
        );
        return command;
    }

    private static string Words(CertificateAnswer answer)
    {
        if (answer.Certificates.IsEmpty && answer.Notices.IsEmpty)
            return "There is no certificate; HTTPS clients get one that was made at the start." + Environment.NewLine;
        var table = TextTable.Of(["NAME", "FOR", "SOURCE", "EXPIRES (UTC)", "STATUS"], [.. answer.Certificates.Select(Row)]);
        return answer.Notices.IsEmpty ? table : table + string.Concat(answer.Notices.Select(notice => notice + Environment.NewLine));
    }

    private static string[] Row(CertificateEntry entry) =>
        [
            entry.Name,
            entry.Names.Length <= 3
                ? string.Join(" ", entry.Names)
                : $"{string.Join(" ", entry.Names.Take(2))} and {entry.Names.Length - 2} more",
            entry.Source,
            entry.NotAfterUtc?.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture) ?? "",
            CertificateWords.Of(entry.Status).Word + (entry.IsDefault ? ", default" : ""),
        ];
}
