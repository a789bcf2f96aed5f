namespace Appliance.Data.Accounts;

/// <summary>The result of changing an account.</summary>
public abstract record PeopleResult
{
    private PeopleResult() { }

    /// <summary>Done; the account as it is now.</summary>
    public sealed record Done(Account Account) : PeopleResult;

    /// <summary>Nothing was changed: the actor signed in too long ago, and has to confirm who they are first.</summary>
    public sealed record NotFresh : PeopleResult;

    /// <summary>Refused or impossible; a sentence that says why and what to do.</summary>
    public sealed record Refused(string Reason) : PeopleResult;
}
