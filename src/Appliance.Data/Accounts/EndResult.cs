namespace Appliance.Data.Accounts;

/// <summary>The result of ending sessions.</summary>
public abstract record EndResult
{
    private EndResult() { }

    /// <summary>How many have ended; 0 unless it is <see cref="Done"/>.</summary>
    public int Ended => this is Done done ? done.Count : 0;

    /// <summary>So many have ended; 0: there was none.</summary>
    public sealed record Done(int Count) : EndResult;

    /// <summary>No session has ended: the actor signed in too long ago, and has to confirm who they are first.</summary>
    public sealed record NotFresh : EndResult;

    /// <summary>Neither the owner nor an administrator asks, or their own session has ended.</summary>
    public sealed record NotAllowed : EndResult;
}
