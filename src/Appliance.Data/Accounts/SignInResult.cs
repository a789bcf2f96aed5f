namespace Appliance.Data.Accounts;

/// <summary>What came of a sign-in by name and password.</summary>
public abstract record SignInResult
{
    private SignInResult()
    {
    }

    /// <summary>Name and password belong together.</summary>
    public sealed record Welcome(Account Account) : SignInResult;

    /// <summary>They do not; which of the two is wrong is not told.</summary>
    public sealed record Wrong : SignInResult;

    /// <summary>Too many wrong passwords; not even the right one helps before that time.</summary>
    public sealed record Locked(DateTime UntilUtc) : SignInResult;
}
