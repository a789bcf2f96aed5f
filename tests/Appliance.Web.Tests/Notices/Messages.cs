using Appliance.Data.Notices;
using Appliance.Testing;
using Appliance.Web.Notices;
using Appliance.Web.Notices.Channels;

namespace Appliance.Web.Tests.Notices;

/// <summary>Messages as tests send them.</summary>
internal static class Messages
{
    public static NoticeMessage Of(
        string sentence = "No server of pool api answers.",
        NoticeEvent what = NoticeEvent.Began,
        string trouble = "pool/1",
        NoticeSeverity severity = NoticeSeverity.Critical
    ) =>
        new()
        {
            Id = new("00000000-0000-0000-0000-000000000001"),
            What = what,
            At = TestTime.Start.AddMinutes(5),
            Node = "web-1",
            Link = new("https://console.example.com/pools/1"),
            Row = new()
            {
                Id = new("00000000-0000-0000-0000-000000000002"),
                Trouble = trouble,
                Kind = "pool",
                Severity = severity,
                Sentence = sentence,
                Path = "/pools/1",
                SinceUtc = TestTime.Start.UtcDateTime,
                LastSinceUtc = TestTime.Start.UtcDateTime,
                ToldUtc = TestTime.Start.UtcDateTime,
                OverUtc = what == NoticeEvent.Over ? TestTime.Start.AddMinutes(5).UtcDateTime : null,
            },
        };
}
