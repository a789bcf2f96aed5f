namespace Appliance.Data.Accounts;

/// <summary>The result of following a setup link.</summary>
public abstract record SetupResult
{
    private SetupResult() { }

    /// <summary>There is an administrator now; the link is spent.</summary>
    public sealed record Done(Account Account) : SetupResult;

    /// <summary>The token is not that of the open link: mistyped, spent, or replaced by a newer one.</summary>
    public sealed record UnknownLink : SetupResult;

    /// <summary>The link was right, but too old.</summary>
    public sealed record Expired : SetupResult;

    /// <summary>Nobody can be called so, or somebody is already; a sentence that says why.</summary>
    public sealed record BadName(string Reason) : SetupResult;
}
