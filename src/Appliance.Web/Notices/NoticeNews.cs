using Appliance.Data.Notices;

namespace Appliance.Web.Notices;

/// <summary>What happened to a trouble. A closed set.</summary>
public enum NoticeEvent
{
    /// <summary>It is there, or it is there again and lasts.</summary>
    Began,

    /// <summary>It has become more severe.</summary>
    Worse,

    /// <summary>It is over.</summary>
    Over,

    /// <summary>Only what is kept of it has changed: nobody is told.</summary>
    Changed,

    /// <summary>There is no trouble: somebody tries a channel.</summary>
    Test,
}

/// <summary>Something that is kept and, unless it is <see cref="NoticeEvent.Changed"/>, told.</summary>
/// <param name="What">What happened.</param>
/// <param name="Row">The notice as it is now.</param>
public sealed record NoticeNews(NoticeEvent What, NoticeRow Row);
