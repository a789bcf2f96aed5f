using System.Text.RegularExpressions;
using Appliance.Testing;
using Appliance.Web.Audit;

namespace Appliance.Web.Tests.Audit;

public sealed partial class AuditWordsTests
{
    [Fact]
    public void Actions_InTheSource_AllHaveWords()
    {
        var written = Sources()
            .SelectMany(file => ActionText().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .ToHashSet();

        // What the config is changed by is put together: "config." and the origin of a RevisionInfo.
        foreach (
            var file in Sources()
                .Select(File.ReadAllText)
                .Where(text =>
                    text.Contains("Actor.Local(", StringComparison.Ordinal) || text.Contains("RevisionInfo(", StringComparison.Ordinal)
                )
        )
            written.UnionWith(OriginText().Matches(file).Select(match => "config." + match.Groups[1].Value));
        written.Count.ShouldBeGreaterThan(30, "the patterns still find them");
        written.ShouldContain("config.console");
        written
            .Where(action => !AuditWords.Knows(action))
            .ShouldBeEmpty("AuditWords needs words for every action, or the page shows raw names.");
        AuditWords
            .Kinds.SelectMany(kind => kind.Actions)
            .Select(action => action.Name)
            .Except(written)
            .ShouldBeEmpty("nothing writes these any more");
    }

    [Fact]
    public void Actions_All_StandOnTheirPageAndKindsInTheCommands()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "features", "audit.md"));
        AuditWords
            .Kinds.SelectMany(kind => kind.Actions)
            .Where(action => !page.Contains($"`{action.Name}`", StringComparison.Ordinal))
            .ShouldBeEmpty();
        var commands = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations", "command-line.md"));
        commands.ShouldContain($"of a kind ({string.Join(", ", AuditWords.Kinds.Select(kind => $"`{kind.Name}`"))})");
    }

    [Fact]
    public void Kinds_Prefixes_MeanTheirActionsAndNoOthers()
    {
        foreach (var kind in AuditWords.Kinds)
        {
            var prefixes = kind.Prefixes.Split(' ');
            var meant = AuditWords
                .Kinds.SelectMany(one => one.Actions)
                .Where(action => prefixes.Any(prefix => action.Name.StartsWith(prefix, StringComparison.Ordinal)));
            meant.ShouldBe(kind.Actions, kind.Name);
            AuditWords
                .Kinds.SelectMany(one => one.Actions)
                .ShouldNotContain(action => action.Name.StartsWith(kind.Name, StringComparison.Ordinal) && !kind.Actions.Contains(action));
        }
    }

    [Theory]
    [InlineData("ok", "ok", "good", "")]
    [InlineData("ok: 1 added", "ok", "good", "1 added")]
    [InlineData("code_asked", "code asked for", "off", "")]
    [InlineData("password_change_asked", "new password asked for", "off", "")]
    [InlineData("wrong", "wrong", "bad", "")]
    [InlineData("locked", "locked", "bad", "")]
    [InlineData("disabled", "account disabled", "bad", "")]
    [InlineData("not_allowed", "not allowed", "bad", "")]
    [InlineData("not_allowed: Route a is outside of your scope.", "not allowed", "bad", "Route a is outside of your scope.")]
    [InlineData("There is no route a: it was deleted.", "failed", "bad", "There is no route a: it was deleted.")]
    public void Outcome_Result_IsAWordAToneAndTheRest(string result, string word, string tone, string rest)
    {
        var outcome = AuditWords.Outcome(result);
        (outcome.Word, outcome.Tone, outcome.Rest).ShouldBe((word, tone, rest));
    }

    private static IEnumerable<string> Sources() =>
        Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
            .Where(file =>
                Path.GetExtension(file) is ".cs" or ".razor"
                && !file.Contains("/obj/", StringComparison.Ordinal)
                && !file.Contains("/bin/", StringComparison.Ordinal)
                && Path.GetFileName(file) is not ("AuditWords.cs" or "AuditRetention.cs")
            );

    [GeneratedRegex(
        """(?<!@formname=)"(setup|sign_out|sign_in|(?:sign_in|config|certificate|connection|drain|inspector|inspection|headers|notice_channel|person|password|second_factor|session|token|setup|page|audit|log|support)\.[a-z_]+)(?=")"""
    )]
    private static partial Regex ActionText();

    [GeneratedRegex("""(?:RevisionInfo|new)\((?:actor|(?:await )?[A-Za-z.]*(?:Actor\.Local|WhoAsync)\([^()]*\)),.*?, "([a-z]+)"\)""")]
    private static partial Regex OriginText();
}
