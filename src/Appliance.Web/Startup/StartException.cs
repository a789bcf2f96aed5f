namespace Appliance.Web.Startup;

/// <summary>
/// This machine or a setting does not allow the start. The message is one sentence for the operator; a stack trace would not help.
/// </summary>
public sealed class StartException(string message) : Exception(message)
{
    /// <summary>True when a disk is full: the next start may succeed. Default: false.</summary>
    public bool IsFull { get; init; }

    /// <summary>True when another program has the database locked: the next start may succeed. Default: false.</summary>
    public bool IsBusy { get; init; }
}
