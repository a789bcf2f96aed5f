using Appliance.Data.Notices;
using Appliance.Web.Live;

namespace Appliance.Web.Troubles;

/// <summary>A database that is away, or in which nothing can be saved.</summary>
public sealed class StoreTroubles : ITroubleSource
{
    /// <inheritdoc/>
    public IReadOnlyList<TroubleKind> Kinds { get; } = [TroubleKind.Store];

    /// <inheritdoc/>
    public IEnumerable<Trouble> Of(ConsoleView view, IReadOnlySet<string> open)
    {
        if (view.StoreProblem is { } problem)
            yield return new()
            {
                Id = "database",
                Kind = TroubleKind.Store,
                Severity = NoticeSeverity.Critical,
                Sentence = problem,
                Path = "/",
            };
    }
}
