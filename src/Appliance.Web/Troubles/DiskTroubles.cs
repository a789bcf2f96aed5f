using Appliance.Data;
using Appliance.Data.Notices;
using Appliance.Web.Controls;
using Appliance.Web.Live;

namespace Appliance.Web.Troubles;

/// <summary>
/// The disk of the data folder that is nearly full: less than <see cref="LeastFree"/> is free, or less than 5 % of it while that is less
/// than <see cref="Plenty"/>. It is measured every half minute in the background: a mount that hangs holds up nobody, and what was
/// measured last counts.
/// </summary>
/// <param name="room">How much is free, and how much there is; null where that cannot be found out.</param>
public sealed class DiskTroubles(Func<(long Free, long Total)?> room) : ITroubleSource
{
    /// <summary>Less is nearly full on any disk, in bytes.</summary>
    public const long LeastFree = 200L * 1024 * 1024;

    /// <summary>This is never nearly full, in bytes: 5 % of a large disk is much.</summary>
    public const long Plenty = 10L * 1024 * 1024 * 1024;

    private const string Id = "disk";

    // A quarter of the least is trouble now.
    private const long Critical = LeastFree / 4;
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(30);
    private volatile Measured? _last;
    private Task _measuring = Task.CompletedTask;
    private DateTimeOffset _lastAt;

    /// <inheritdoc/>
    public IReadOnlyList<TroubleKind> Kinds { get; } = [TroubleKind.Disk];

    /// <inheritdoc/>
    public IEnumerable<Trouble> Of(ConsoleView view, IReadOnlySet<string> open)
    {
        if (_measuring.IsCompleted && (view.At - _lastAt).Duration() >= _every)
            (_lastAt, _measuring) = (view.At, Task.Run(() => _last = new(room())));
        if (_last is not { } last)
        {
            // Not measured since the start.
            if (open.Contains(Id))
                yield return Of(0, 0) with
                {
                    IsUnsure = true,
                };
        }
        else if (last.Room is var (free, total) && IsNearlyFull(free, total))
        {
            yield return Of(free, total);
        }
    }

    private static Trouble Of(long free, long total) =>
        new()
        {
            Id = Id,
            Kind = TroubleKind.Disk,
            Severity = free < Critical ? NoticeSeverity.Critical : NoticeSeverity.Warning,
            Sentence =
                $"The disk of the data folder is nearly full: {Shown.Bytes(free)} of {Shown.Bytes(total)} are free. {DiskRoom.Advice}",
            Path = "/about",
        };

    private static bool IsNearlyFull(long free, long total) => free < LeastFree || (free < Plenty && free < total / 20);

    private sealed record Measured((long Free, long Total)? Room);
}
