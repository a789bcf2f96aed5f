using Appliance.Data.Notices;
using Appliance.Web.Controls;
using Appliance.Web.Deeds;
using Appliance.Web.Notices.Channels;

namespace Appliance.Web.Notices;

/// <summary>What administrators do to channels on a page. One instance an open page.</summary>
internal sealed class NoticeDeeds(
    PageDeeds deeds,
    NoticeChannelStore store,
    NoticeSender sender,
    NoticePost post,
    NoticeLinks links,
    TimeProvider time
)
{
    /// <summary>Adds a channel.</summary>
    public Task<DeedResult<ChannelResult>> AddAsync(ChannelSettings settings, ChannelSecrets secrets) =>
        deeds.DoAsync(
            new Deed<ChannelResult>
            {
                Do = actor => store.AddAsync(settings, secrets, actor, CancellationToken.None),
                Refusal = RefusalOf,
                Said = _ => new($"Added channel {settings.Name}."),
            }
        );

    /// <summary>Changes a channel; see <see cref="NoticeChannelStore.ChangeAsync"/>.</summary>
    public Task<DeedResult<ChannelResult>> ChangeAsync(
        NoticeChannel channel,
        ChannelSettings settings,
        Func<ChannelSecrets?, ChannelSecrets> secretsOf
    ) =>
        deeds.DoAsync(
            new Deed<ChannelResult>
            {
                Do = actor => store.ChangeAsync(channel.Id, channel.Version, settings, secretsOf, actor, CancellationToken.None),
                Refusal = RefusalOf,
                Said = _ => new($"Saved channel {settings.Name}."),
            }
        );

    /// <summary>Deletes a channel after a question. True when it is deleted.</summary>
    public Task<bool> DeleteAsync(NoticeChannel channel) =>
        deeds.TellAsync(
            new Deed<ChannelResult>
            {
                Ask = new(
                    $"Delete channel {channel.Settings.Name}?",
                    "Nothing is sent there any more, and what waits for it is dropped. Its secrets are gone for good.",
                    "Delete channel"
                ),
                Do = actor => store.DeleteAsync(channel.Id, channel.Settings.Name, actor, CancellationToken.None),
                Refusal = RefusalOf,
                Said = _ => new Toast($"Deleted channel {channel.Settings.Name}."),
            }
        );

    /// <summary>
    /// Sends a test notice there, once and now. What the other side said; or why nothing was sent. It is written down before it is sent. A
    /// test of <paramref name="channel"/> as it is stored counts among its last tries; null: it is not stored.
    /// </summary>
    public async Task<SendResult> TestAsync(ChannelSettings settings, ChannelSecrets? secrets, NoticeChannel? channel)
    {
        var noted = await deeds.DoAsync(
            new Deed<ChannelResult>
            {
                Do = actor => store.NoteTestAsync(settings, actor, CancellationToken.None),
                Refusal = RefusalOf,
                Undone = "nothing was sent",
            }
        );
        if (noted.Fault is { } fault)
            return new(false, fault);
        var now = time.GetUtcNow();
        var message = Test(now);
        var result = await sender.SendAsync(settings, secrets, message, CancellationToken.None);
        if (channel is not null && settings.IsSameAs(channel.Settings) && secrets == channel.Secrets)
            post.Tested(channel.Id, message, result);
        return result;
    }

    private NoticeMessage Test(DateTimeOffset now) =>
        new()
        {
            Id = Guid.CreateVersion7(now),
            What = NoticeEvent.Test,
            At = now,
            Node = Environment.MachineName,
            Link = links.Of("/notices"),
            Row = new()
            {
                Id = Guid.CreateVersion7(now),
                Trouble = "test",
                Kind = "test",
                Sentence = "This is a test: nothing is wrong.",
                Path = "/notices",
                SinceUtc = now.UtcDateTime,
                LastSinceUtc = now.UtcDateTime,
                ToldUtc = now.UtcDateTime,
            },
        };

    private static string? RefusalOf(ChannelResult result) => result is ChannelResult.Refused refused ? refused.Reason : null;
}
