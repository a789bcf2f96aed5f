using Appliance.Data;
using Appliance.Data.Notices;
using Appliance.Web.Controls;
using Appliance.Web.Live;

namespace Appliance.Web.Troubles;

/// <summary>
/// The disk of the data folder that is nearly full: less than <see cref="LeastFree"/> is free, or less than 5 % of it while that is less
/// than <see cref="Plenty"/>. It is looked at every half minute.
/// </summary>
/// <param name="room">How much is free, and how much there is; null where that cannot be found out.</param>
public sealed class DiskTroubles(Func<(long Free, long Total)?> room) : ITroubleSource
{
    /// <summary>Less is nearly full on any disk, in bytes.</summary>
    public const long LeastFree = 200L * 1024 * 1024;

    /// <summary>This is never nearly full, in bytes: 5 % of a large disk is much.</summary>
    public const long Plenty = 10L * 1024 * 1024 * 1024;

    // A quarter of the least is trouble now.
    private const long Critical = LeastFree / 4;
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(30);
    private (long Free, long Total)? _last;
    private DateTimeOffset _lastAt;

    /// <inheritdoc/>
    public IEnumerable<Trouble> Of(ConsoleView view, IReadOnlySet<string> open)
    {
        if (view.At - _lastAt >= _every)
            (_last, _lastAt) = (room(), view.At);
        if (_last is var (free, total) && IsNearlyFull(free, total))
            yield return new()
            {
                Id = "disk",
                Kind = TroubleKind.Disk,
                Severity = free < Critical ? NoticeSeverity.Critical : NoticeSeverity.Warning,
                Sentence =
                    $"The disk of the data folder is nearly full: {Shown.Bytes(free)} of {Shown.Bytes(total)} are free. {DiskRoom.Advice}",
                Path = "/about",
            };
    }

    private static bool IsNearlyFull(long free, long total) => free < LeastFree || (free < Plenty && free < total / 20);
}
