using Appliance.Data.Notices;
using Appliance.Proxy.Items;
using Appliance.Web.Controls;
using Appliance.Web.Troubles;

namespace Appliance.Web.Notices.Channels;

/// <summary>One notice on its way to people. The same object for every channel and every try.</summary>
public sealed record NoticeMessage
{
    /// <summary>The id of the message: the same in every try.</summary>
    public required Guid Id { get; init; }

    /// <summary>What happened.</summary>
    public required NoticeEvent What { get; init; }

    /// <summary>The notice as it was then.</summary>
    public required NoticeRow Row { get; init; }

    /// <summary>When it was told, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The name of the machine that this product runs on.</summary>
    public required string Node { get; init; }

    /// <summary>The page of the console to look at; null: the console's address is not known.</summary>
    public Uri? Link { get; init; }

    /// <summary>How long the trouble lasted this time; null: it is not over.</summary>
    public TimeSpan? Lasted => Row.OverUtc is { } over ? over - Row.LastSinceUtc : null;

    /// <summary>In a few words, on one line: how bad, and what it is about.</summary>
    public string Title =>
        What switch
        {
            NoticeEvent.Test => $"Test notice of Appliance on {Line(Node)}",
            NoticeEvent.Over => $"Trouble is over: {About} on {Line(Node)}",
            NoticeEvent.Worse => $"Worse, {Row.Severity.ToString().ToLowerInvariant()}: {About} on {Line(Node)}",
            _ => $"{Row.Severity}: {About} on {Line(Node)}",
        };

    /// <summary>The sentence, on one line; of what is over, behind the words that it is over and how long it lasted.</summary>
    public string Text =>
        (What == NoticeEvent.Over ? $"{Headline}: {Sentence}" : Sentence)
        + (Row.Times > 1 ? $" It was there {Row.Times} times since {Row.SinceUtc:yyyy-MM-dd HH:mm} UTC." : "");

    /// <summary>What happened and how bad it is, in a few words: <c>Trouble (critical)</c>. A sentence follows behind a colon.</summary>
    public string Headline =>
        What switch
        {
            NoticeEvent.Test => "Test",
            NoticeEvent.Over when Lasted is { } lasted => $"Trouble is over after {Line(Shown.Duration(lasted))}",
            NoticeEvent.Over => "Trouble is over",
            NoticeEvent.Worse => $"Trouble is worse now ({Row.Severity.ToString().ToLowerInvariant()})",
            _ when Row.Severity == NoticeSeverity.Info => "Notice",
            _ => $"Trouble ({Row.Severity.ToString().ToLowerInvariant()})",
        };

    /// <summary>What is wrong, on one line; of what is over, what was wrong.</summary>
    public string Sentence => Line(What == NoticeEvent.Over ? TroubleKind.PastOf(Row.Kind, Row.Sentence) : Row.Sentence);

    /// <summary>What was told when it began, on one line, also when it is over.</summary>
    public string Told => Line(Row.Sentence);

    private string About => TroubleKind.WordsOf(Row.Kind).ToLowerInvariant();

    // Names and reasons are written by others: a line break would begin another header, or another line of a chat.
    // The thin blanks of the console's numbers are strangers in a log and in a subject.
    private static string Line(string text) => VisibleText.Of(text).Replace('\u202F', ' ').Replace('\u00A0', ' ');
}
