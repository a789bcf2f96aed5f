using System.Collections.Immutable;

namespace Appliance.Web.Control;

/// <summary>A session, as the command line lists it.</summary>
/// <param name="Id">The beginning of its key: enough to name it, and worth nothing to anybody who reads it.</param>
/// <param name="Person">Whose.</param>
/// <param name="Role">Role and scope, in words.</param>
/// <param name="Browser">What the browser calls itself, in words.</param>
/// <param name="From">The address it began from.</param>
/// <param name="CreatedUtc">When it began.</param>
/// <param name="LastSeenUtc">The last use, within a minute.</param>
/// <param name="ExpiresUtc">It ends then, however much it is used.</param>
/// <param name="Pages">Pages that are open in it now.</param>
public sealed record SessionLine(
    string Id,
    string Person,
    string Role,
    string Browser,
    string From,
    DateTime CreatedUtc,
    DateTime LastSeenUtc,
    DateTime ExpiresUtc,
    int Pages
);

/// <summary>Which sessions are to end: exactly one of the three is given.</summary>
public sealed record EndSessionsRequest
{
    /// <summary>Beginnings of their keys, as the list shows them.</summary>
    public ImmutableArray<string> Ids { get; init; } = [];

    /// <summary>The name of a person, all of whose sessions end.</summary>
    public string? Person { get; init; }

    /// <summary>True: the sessions of all people end.</summary>
    public bool All { get; init; }

    /// <summary>Who asks, for the audit.</summary>
    public string Author { get; init; } = "local";
}

/// <summary>The answer to a request to end sessions.</summary>
/// <param name="ExitCode">Of the command.</param>
/// <param name="Ended">How many have ended.</param>
/// <param name="Summary">A sentence.</param>
public sealed record EndSessionsAnswer(int ExitCode, int Ended, string Summary);
