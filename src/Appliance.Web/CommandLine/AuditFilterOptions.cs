using System.CommandLine;
using Appliance.Web.Audit;

namespace Appliance.Web.CommandLine;

/// <summary>The filters of <c>audit</c> and <c>audit export</c>: those of the page.</summary>
internal sealed class AuditFilterOptions
{
    private readonly Option<string?> _person = new("--person") { Description = "What this person did.", HelpName = "NAME" };
    private readonly Option<string?> _action = new("--action")
    {
        Description =
            $"Of this kind ({string.Join(", ", AuditWords.Kinds.Select(kind => kind.Name))}), or actions that begin like this: "
            + "connection.close, drain.",
        HelpName = "ACTION",
    };
    private readonly Option<string?> _result = new("--result")
    {
        Description = "ok: what went well; failed: what was refused or failed.",
        HelpName = "RESULT",
    };
    private readonly Option<string?> _from = new("--from")
    {
        Description = "From this day or time on: 2026-03-04, 2026-03-04T10:30.",
        HelpName = "TIME",
    };
    private readonly Option<string?> _to = new("--to") { Description = "Until this day, included, or this time.", HelpName = "TIME" };
    private readonly Option<string?> _search = new("--search")
    {
        Description = "With all these words somewhere in the entry.",
        HelpName = "WORDS",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _person, _action, _result, _from, _to, _search })
            command.Options.Add(option);
    }

    public AuditQuery Read(ParseResult parsed)
    {
        var values = new Dictionary<string, string?>
        {
            ["person"] = parsed.GetValue(_person),
            ["action"] = parsed.GetValue(_action),
            ["result"] = parsed.GetValue(_result),
            ["from"] = parsed.GetValue(_from),
            ["to"] = parsed.GetValue(_to),
            ["search"] = parsed.GetValue(_search),
        };
        return AuditQuery.Of(name => values[name]);
    }
}
