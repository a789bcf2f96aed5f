using System.CommandLine;
using Appliance.Web.Audit;

namespace Appliance.Web.CommandLine;

/// <summary>The filters of <c>audit</c> and <c>audit export</c>: those of the page.</summary>
internal sealed class AuditFilterOptions
{
    private readonly Option<string?> person = new("--person") { Description = "What this person did.", HelpName = "NAME" };
    private readonly Option<string?> action = new("--action") { Description = $"Of this kind ({string.Join(", ", AuditWords.Kinds.Select(kind => kind.Name))}), or actions that begin like this: connection.close, drain.", HelpName = "ACTION" };
    private readonly Option<string?> result = new("--result") { Description = "ok: what went well; failed: what was refused or failed.", HelpName = "RESULT" };
    private readonly Option<string?> from = new("--from") { Description = "From this day or time on: 2026-03-04, 2026-03-04T10:30.", HelpName = "TIME" };
    private readonly Option<string?> to = new("--to") { Description = "Until this day, included, or this time.", HelpName = "TIME" };
    private readonly Option<string?> search = new("--search") { Description = "With all these words somewhere in the entry.", HelpName = "WORDS" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { person, action, result, from, to, search })
            command.Options.Add(option);
    }

    public AuditQuery Read(ParseResult parsed)
    {
        var values = new Dictionary<string, string?>
        {
            ["person"] = parsed.GetValue(person),
            ["action"] = parsed.GetValue(action),
            ["result"] = parsed.GetValue(result),
            ["from"] = parsed.GetValue(from),
            ["to"] = parsed.GetValue(to),
            ["search"] = parsed.GetValue(search),
        };
        return AuditQuery.Of(name => values[name]);
    }
}
