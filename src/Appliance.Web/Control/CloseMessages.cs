using Appliance.Proxy.Connections;
using Appliance.Proxy.Items;

namespace Appliance.Web.Control;

/// <summary>A command's request to close WebSockets.</summary>
public sealed record CloseRequest
{
    private static readonly TimeSpan _longestDeadline = TimeSpan.FromHours(1);

    /// <summary>The numbers of the connections to close; not together with a filter.</summary>
    public IReadOnlyList<long> Ids { get; init; } = [];

    /// <summary>Closes the connections that match this filter.</summary>
    public FilterTexts Filter { get; init; } = new();

    /// <summary>True: closes every open connection.</summary>
    public bool All { get; init; }

    /// <summary>The close code for both ends.</summary>
    public int Code { get; init; } = CloseOrder.GoingAway;

    /// <summary>The reason beside it, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>How long the ends may take to answer, in nginx's syntax; null: 5s.</summary>
    public string? Deadline { get; init; }

    /// <summary>Only say how many.</summary>
    public bool DryRun { get; init; }

    /// <summary>The name of the person who asks, for the audit.</summary>
    public string Author { get; init; } = "local";

    /// <summary>True when no filter is set.</summary>
    public bool HasNoFilter => Filter == new FilterTexts();

    /// <summary>What is wrong with it, a sentence, or null. Nobody closes everything by leaving something out.</summary>
    public string? Fault()
    {
        if (Filter.Read() is { Fault: { } fault })
            return fault;
        if (Ids.Count == 0 && HasNoFilter && !All)
            return "Say which WebSockets: ids, a filter as --route chat, or --all.";

        // What was given may say nothing, as --search "$WORDS" of a script without its words.
        if (!HasNoFilter && Filter.Read().Filter.IsEmpty)
            return "This filter is empty and means every open WebSocket; say which ones, or --all.";
        if ((Ids.Count > 0 ? 1 : 0) + (HasNoFilter ? 0 : 1) + (All ? 1 : 0) > 1)
            return "Ids, filters and --all exclude each other; say which WebSockets in one way.";
        if (Deadline is not null && (!NginxTime.TryParse(Deadline, out var deadline) || deadline > _longestDeadline))
            return $"\"{Deadline}\" is not a deadline; it is a time of at most 1h, as 5s.";
        return CloseOrder.Fault(Code, Reason);
    }

    /// <summary>What both ends are told.</summary>
    public CloseOrder Order() =>
        Deadline is not null && NginxTime.TryParse(Deadline, out var deadline)
            ? new(TunnelEnd.Operator, Code, Reason) { Deadline = deadline }
            : new(TunnelEnd.Operator, Code, Reason);
}

/// <summary>The answer to a request to close WebSockets.</summary>
/// <param name="ExitCode">0 closed, 1 nothing was meant, 64 the request was not understood.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Matched">Open ones that were meant.</param>
/// <param name="Closed">Those of them that were not being closed already; 0 in a dry run.</param>
/// <param name="NotOpen">Numbers that were asked for and are not open.</param>
public sealed record CloseAnswer(int ExitCode, string Summary, int Matched, int Closed, IReadOnlyList<long> NotOpen);
