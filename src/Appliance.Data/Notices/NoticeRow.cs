using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Appliance.Data.Notices;

/// <summary>A trouble that people were told about: one row from its beginning to its end. Immutable.</summary>
public sealed record NoticeRow
{
    /// <summary>The id of the row.</summary>
    public required Guid Id { get; init; }

    /// <summary>Which trouble: the same text for the same trouble, also after a restart.</summary>
    public required string Trouble { get; init; }

    /// <summary>The kind of the trouble, as channels choose it: <c>server</c>, <c>certificate</c> ...</summary>
    public required string Kind { get; init; }

    /// <summary>How much it matters, or mattered last.</summary>
    public NoticeSeverity Severity { get; init; }

    /// <summary>What is wrong, a sentence.</summary>
    public required string Sentence { get; init; }

    /// <summary>The page of the console to look at.</summary>
    public required string Path { get; init; }

    /// <summary>When it began, UTC.</summary>
    public DateTime SinceUtc { get; init; }

    /// <summary>When people were told last that it is there, UTC.</summary>
    public DateTime ToldUtc { get; init; }

    /// <summary>When it was over, UTC; null: it is not.</summary>
    public DateTime? OverUtc { get; init; }

    /// <summary>How often it was there: 1, and one more each time it came back before it counted as another one.</summary>
    public int Times { get; init; } = 1;

    /// <summary>It is there now, and people who heard that it is over have not heard that it came back. Default false.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>When it began this time, UTC: differs from <see cref="SinceUtc"/> when it came back.</summary>
    public DateTime LastSinceUtc { get; init; }

    /// <summary>True while the trouble is there.</summary>
    public bool IsOpen => OverUtc is null;

    /// <summary>
    /// The same row with no time later than <paramref name="now"/>, UTC: what a clock wrote that was ahead must not hold for good. This row
    /// itself when it has no such time.
    /// </summary>
    public NoticeRow NotAfter(DateTime now) =>
        SinceUtc <= now && ToldUtc <= now && LastSinceUtc <= now && !(OverUtc > now)
            ? this
            : this with
            {
                SinceUtc = Earlier(SinceUtc, now),
                ToldUtc = Earlier(ToldUtc, now),
                LastSinceUtc = Earlier(LastSinceUtc, now),
                OverUtc = OverUtc is { } over ? Earlier(over, now) : null,
            };

    private static DateTime Earlier(DateTime time, DateTime now) => time < now ? time : now;
}

/// <summary>NoticeRow in the database. The newest are read at a start, and the oldest are removed.</summary>
internal sealed class NoticeRowConfiguration : IEntityTypeConfiguration<NoticeRow>
{
    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<NoticeRow> builder)
    {
        builder.Property(notice => notice.Id).ValueGeneratedNever();
        builder.HasIndex(notice => notice.ToldUtc);
    }
}
