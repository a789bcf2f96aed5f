using Appliance.Web.Live;

namespace Appliance.Web.Troubles;

/// <summary>Finds the troubles of one kind of things. Areas register theirs, and the notices ask every source.</summary>
public interface ITroubleSource
{
    /// <summary>The kinds of its troubles: while it fails, nobody knows what became of those.</summary>
    IReadOnlyList<TroubleKind> Kinds { get; }

    /// <summary>
    /// The troubles of a view. <paramref name="open"/> holds the identities of those that people were told of and that are not over: one
    /// of them of which nobody knows whether it is still there is returned as <see cref="Trouble.IsUnsure"/>.
    /// </summary>
    IEnumerable<Trouble> Of(ConsoleView view, IReadOnlySet<string> open);
}
