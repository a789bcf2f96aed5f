using Appliance.Data.Notices;
using Appliance.Web.Notices;
using Appliance.Web.Notices.Channels;
using Appliance.Web.Tests.Logs;
using Microsoft.Extensions.Logging;

namespace Appliance.Web.Tests.Notices;

/// <summary>What people read: in the log, in a subject, in a chat.</summary>
public sealed class NoticeMessageTests
{
    private const string Locked = "The database is locked by another process. End whatever has it open, and try again.";

    [Theory]
    [InlineData(NoticeEvent.Began, NoticeSeverity.Critical, LogLevel.Error, "Trouble (critical): No server of pool api answers.")]
    [InlineData(NoticeEvent.Began, NoticeSeverity.Warning, LogLevel.Warning, "Trouble (warning): No server of pool api answers.")]
    [InlineData(NoticeEvent.Began, NoticeSeverity.Info, LogLevel.Information, "Notice: No server of pool api answers.")]
    [InlineData(
        NoticeEvent.Worse,
        NoticeSeverity.Critical,
        LogLevel.Error,
        "Trouble is worse now (critical): No server of pool api answers."
    )]
    [InlineData(
        NoticeEvent.Over,
        NoticeSeverity.Critical,
        LogLevel.Information,
        "Trouble is over after 5 min: No server of pool api answered."
    )]
    public void Log_LevelAndWords_SayHowBadItIs(NoticeEvent what, NoticeSeverity severity, LogLevel level, string line)
    {
        var log = new KeptLog<NoticeWatch>();
        log.Tell(Messages.Of(what: what, severity: severity));
        log.Lines.ShouldBe([(level, line)]);
    }

    [Theory]
    [InlineData("pool", "No server of pool api answers. It refused.", "No server of pool api answered. It refused.")]
    [InlineData("server", "Server a:80 of pool api is down.", "Server a:80 of pool api was down.")]
    [InlineData("pool", "Words of another version", "it was: Words of another version")]
    [InlineData("database", Locked, "it was: " + Locked)]
    public void Over_CannotBeReadAsATroubleThatLasts(string kind, string sentence, string was)
    {
        var over = Messages.Of(sentence, NoticeEvent.Over);
        var message = over with { Row = over.Row with { Kind = kind } };
        message.Title.ShouldStartWith("Trouble is over: ");
        message.Text.ShouldBe($"Trouble is over after 5 min: {was}");
        message.Told.ShouldBe(sentence);
        using var mail = MailNotice.Of(
            new()
            {
                Name = "mail",
                From = "a@b.test",
                To = ["c@d.test"],
            },
            message
        );
        mail.Subject.ShouldBe($"Trouble is over: {kind} on web-1: {was}");
    }
}
